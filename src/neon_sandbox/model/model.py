"""The model of one project, and the changes that happen as time passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_sandbox.model import snapshots, time_travel
from neon_sandbox.model.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neon_sandbox.model.entities import EphemeralCompute


class Model(State):
    """The state of a project, with scheduled snapshots, their expiry and Time Travel."""

    def tick(self) -> None:
        """Bring operations, ephemeral computes and snapshots up to date with the clock."""
        super().tick()
        now = self.now()
        time_travel.advance(self, now)
        snapshots.advance(self, now)

    def time_travel(self, branch_id: str, options: str) -> EphemeralCompute:
        """Start a read-only compute at a past point of a branch.

        ``options`` are those of a connection string: ``neon_timestamp:<RFC 3339>`` or
        ``neon_lsn:<LSN>``. Raises `ApiError` for a point that is not available.
        """
        return time_travel.start(self, branch_id, options)

    def ephemeral_computes(self) -> Sequence[EphemeralCompute]:
        """Return the ephemeral computes that run now."""
        self.tick()
        return time_travel.computes(self)
