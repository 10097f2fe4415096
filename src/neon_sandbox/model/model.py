"""The model of one project, and the changes that happen as time passes."""

from collections.abc import Sequence

from neon_sandbox.model import snapshots, time_travel
from neon_sandbox.model.entities import EphemeralCompute
from neon_sandbox.model.state import State


class Model(State):
    """The state of a project, with scheduled snapshots, their expiry and Time Travel."""

    def tick(self) -> None:
        """Bring operations, ephemeral computes and snapshots up to date with the clock."""
        super().tick()
        now = self.now()
        time_travel.advance(self, now)
        snapshots.advance(self, now)

    def time_travel(self, branch_id: str, options: str) -> EphemeralCompute:
        """Start a read-only compute at the point that the options of a connection string name."""
        return time_travel.start(self, branch_id, options)

    def ephemeral_computes(self) -> Sequence[EphemeralCompute]:
        """Return the ephemeral computes that run now."""
        self.tick()
        return time_travel.computes(self)
