"""One project, and what happens to it as time passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_sandbox.model import snapshots, time_travel
from neon_sandbox.model.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neon_sandbox.model.entities import EphemeralCompute


class Model(State):
    """The state of a project, with scheduled snapshots, expiry and time travel."""

    def tick(self) -> None:
        """Catch up with the clock."""
        super().tick()
        now = self.now()
        time_travel.advance(self, now)
        snapshots.advance(self, now)

    def time_travel(self, branch_id: str, options: str) -> EphemeralCompute:
        """Start a read-only compute on a branch's past.

        ``options`` is what a connection string carries: ``neon_timestamp:<RFC 3339>`` or
        ``neon_lsn:<LSN>``. Raises `ApiError` for a point that cannot be had.
        """
        return time_travel.start(self, branch_id, options)

    def ephemeral_computes(self) -> Sequence[EphemeralCompute]:
        """Return the computes on a past that run now."""
        self.tick()
        return time_travel.computes(self)
