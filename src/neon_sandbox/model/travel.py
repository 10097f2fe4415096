"""Time Travel Assist: read-only visits to a branch's past.

A visit gets a compute of its own, which goes away some time after the last query.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neon_sandbox import assumed
from neon_sandbox.model import history
from neon_sandbox.model.work import Lane

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from neon_sandbox.model.entities import Branch, Operation
    from neon_sandbox.model.model import Model
    from neon_sandbox.points import Position


@dataclass(slots=True)
class Visit:
    """A temporary compute on a branch's past. It is not listed as a branch."""

    id: str
    branch_id: str
    position: Position
    ready_at: datetime
    last_query_at: datetime


class Travels:
    """The visits of one project, and the four operations that each of them leaves in the list."""

    def __init__(self, model: Model, idle: timedelta) -> None:
        self.idle = idle
        self._model = model
        self._visits: dict[str, tuple[Visit, Lane]] = {}
        self._closing: list[Lane] = []

    @property
    def open_visits(self) -> list[Visit]:
        """The visits whose compute has not gone away."""
        return [visit for visit, _ in self._visits.values()]

    def open(self, branch_id: str, options: str) -> Visit:
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
            raise assumed.malformed_point(options)
        for visit in self.open_visits:
            if (visit.branch_id, visit.position) == (branch_id, position):
                self.query(visit.id)
                return visit
        visit_id = model.next_id("travel")
        job = model.storage.open_past(visit_id, branch.id, position)
        # A lane of its own: a look at the past is in nobody's way.
        lane = Lane(model.pace)
        now = model.now()
        lane.schedule(self._note(branch_id, assumed.TRAVEL_BEGINS, now), now, job, _nothing)
        ready_at = lane.ends_at() or now
        visit = Visit(visit_id, branch_id, position, ready_at, ready_at)
        self._visits[visit_id] = (visit, lane)
        return visit

    def query(self, visit_id: str) -> None:
        """Note a query, which keeps the visit's compute alive.

        Raises `Refused` with 404 when it has gone away already.
        """
        self._model.tick()
        if visit_id not in self._visits:
            raise assumed.not_found("time travel compute")
        visit, _ = self._visits[visit_id]
        visit.last_query_at = max(visit.last_query_at, self._model.now())

    def advance(self, now: datetime) -> None:
        """Close the visits that have been idle for too long."""
        for visit, lane in list(self._visits.values()):
            lane.advance(now)
            gone_at = visit.last_query_at + self.idle
            if now >= gone_at:
                self._close(visit, gone_at)
        for lane in self._closing:
            lane.advance(now)
        self._closing = [lane for lane in self._closing if lane.busy]

    def close_all(self, branch: Branch) -> None:
        """Close every visit to a branch."""
        now = self._model.now()
        for visit in self.open_visits:
            if visit.branch_id == branch.id:
                self._close(visit, now)

    def _close(self, visit: Visit, at: datetime) -> None:
        _, lane = self._visits.pop(visit.id)
        job = self._model.storage.close_past(visit.id)
        lane.schedule(self._note(visit.branch_id, assumed.TRAVEL_ENDS, at), at, job, _nothing)
        self._closing.append(lane)

    def _note(self, branch_id: str, actions: tuple[str, ...], at: datetime) -> list[Operation]:
        return [self._model.note_operation(action, branch_id, None, at) for action in actions]


def _read_options(options: str) -> tuple[str | None, str | None]:
    """Return the timestamp and the LSN that the options name."""
    found: dict[str, str] = {}
    for option in options.split():
        key, _, value = option.partition(":")
        found[key] = value
    return found.get("neon_timestamp"), found.get("neon_lsn")


def _nothing(_: datetime) -> None:
    """Nothing more happens when a visit's compute has started or gone."""
