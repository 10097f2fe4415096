"""Time Travel Assist: read-only visits to a branch's past.

A visit gets a compute of its own, which goes away some time after the last query.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neon_sandbox.model import assumptions, history
from neon_sandbox.model.operation_queue import OperationQueue

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from neon_sandbox.model.entities import Branch, Operation
    from neon_sandbox.model.model import Model
    from neon_sandbox.points import Position


@dataclass(slots=True)
class EphemeralCompute:
    """A temporary compute on a branch's past. It is not listed as a branch."""

    id: str
    branch_id: str
    position: Position
    ready_at: datetime
    last_query_at: datetime


class TimeTravel:
    """The visits of one project, and the four operations that each of them leaves in the list."""

    def __init__(self, model: Model, idle: timedelta) -> None:
        self.idle = idle
        self._model = model
        self._visits: dict[str, tuple[EphemeralCompute, OperationQueue]] = {}
        self._closing: list[OperationQueue] = []

    @property
    def computes(self) -> list[EphemeralCompute]:
        """The visits whose compute has not gone away."""
        return [compute for compute, _ in self._visits.values()]

    def open(self, branch_id: str, options: str) -> EphemeralCompute:
        """Start a compute on a branch at the point that the options of a connection name.

        One that shows the same point already is shared. Raises `Refused` with 404 for an unknown
        branch, and for a point that cannot be had.
        """
        model = self._model
        model.tick()
        branch = model.branch(branch_id)
        timestamp, lsn = _read_options(options)
        position = history.resolve(model, branch, timestamp, lsn)
        if position is None:
            raise assumptions.malformed_point(options)
        for compute in self.computes:
            if (compute.branch_id, compute.position) == (branch_id, position):
                self.query(compute.id)
                return compute
        ephemeral_id = model.next_id("travel")
        job = model.storage.start_ephemeral(ephemeral_id, branch.id, position)
        # A lane of its own: a look at the past is in nobody's way.
        queue = OperationQueue(model.operation_durations)
        now = model.now()
        queue.schedule(self._note(branch_id, assumptions.EPHEMERAL_START, now), now, job, _nothing)
        ready_at = queue.ends_at() or now
        compute = EphemeralCompute(ephemeral_id, branch_id, position, ready_at, ready_at)
        self._visits[ephemeral_id] = (compute, queue)
        return compute

    def query(self, ephemeral_id: str) -> None:
        """Note a query, which keeps the visit's compute alive.

        Raises `Refused` with 404 when it has gone away already.
        """
        self._model.tick()
        if ephemeral_id not in self._visits:
            raise assumptions.not_found("time travel compute")
        compute, _ = self._visits[ephemeral_id]
        compute.last_query_at = max(compute.last_query_at, self._model.now())

    def advance(self, now: datetime) -> None:
        """Close the visits that have been idle for too long."""
        for compute, queue in list(self._visits.values()):
            queue.advance(now)
            gone_at = compute.last_query_at + self.idle
            if now >= gone_at:
                self._close(compute, gone_at)
        for queue in self._closing:
            queue.advance(now)
        self._closing = [queue for queue in self._closing if queue.busy]

    def close_all(self, branch: Branch) -> None:
        """Close every visit to a branch."""
        now = self._model.now()
        for compute in self.computes:
            if compute.branch_id == branch.id:
                self._close(compute, now)

    def _close(self, compute: EphemeralCompute, at: datetime) -> None:
        _, queue = self._visits.pop(compute.id)
        job = self._model.storage.stop_ephemeral(compute.id)
        queue.schedule(
            self._note(compute.branch_id, assumptions.EPHEMERAL_STOP, at), at, job, _nothing
        )
        self._closing.append(queue)

    def _note(self, branch_id: str, actions: tuple[str, ...], at: datetime) -> list[Operation]:
        return [self._model.record_operation(action, branch_id, None, at) for action in actions]


def _read_options(options: str) -> tuple[str | None, str | None]:
    """Return the timestamp and the LSN that the options name."""
    found: dict[str, str] = {}
    for option in options.split():
        key, _, value = option.partition(":")
        found[key] = value
    return found.get("neon_timestamp"), found.get("neon_lsn")


def _nothing(_: datetime) -> None:
    """Nothing more happens when a visit's compute has started or gone."""
