"""What the model asks of whatever keeps the data of the branches.

A branch's data is a timeline: an ordered run of commits. The storage owns their order, their
LSNs, and the addresses that computes answer on. The model owns everything else: names, parents,
rules, and for how long an operation seems to run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from neon_sandbox.points import Point, Position


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: well, or with the error that stopped it."""

    error: str = ""


class Job(Protocol):
    """A change of data that is under way, perhaps on a thread of its own."""

    def outcome(self) -> Outcome | None:
        """Return how the job ended, or ``None`` while it is at work; never wait."""
        ...


class Storage(Protocol):
    """Where branches keep their data.

    Branches, endpoints and visits to the past are known by the model's ids; a snapshot is a branch
    that no endpoint leads to, and outlives the branch that it was forked from. ``at`` is a position
    that this storage located before; ``None`` stands for the head. A method that returns a `Job`
    has taken note of the change when it returns: a later call sees it, and waits for it if it
    must.

    A job that fails leaves every id usable: a fork that failed is an empty timeline, and a
    restore that failed leaves the branch's data under its own id and under that of its backup.
    """

    def create(self, branch_id: str, *, at: datetime) -> Job:
        """Start the empty timeline of a project's first branch."""
        ...

    def fork(
        self, branch_id: str, source_id: str, at: Position | None, *, schema_only: bool = False
    ) -> Job:
        """Start the timeline of a new branch from a position on the source's."""
        ...

    def restore(
        self, branch_id: str, source_id: str, at: Position | None, *, preserve_as: str | None
    ) -> Job:
        """Give a branch a new timeline, forked from the source's as it was before the call.

        The branch's previous timeline goes on under the id ``keep_as``, or is dropped.
        Connections to the branch's endpoints break and can come back once the job is done.
        """
        ...

    def delete(self, branch_id: str) -> Job:
        """Drop a branch's timeline."""
        ...

    def locate(self, branch_id: str, point: Point | None) -> Position | None:
        """Return the last commit at or before the point; the last of all for ``None``.

        ``None`` is the answer when the timeline has no commit that early.
        """
        ...

    def commit(
        self, branch_id: str, database: str, sql: str, *, role: str, at: datetime
    ) -> Position:
        """Carry out ``sql`` in a database, as a role, in one transaction committed at ``at``."""
        ...

    def create_role(self, branch_id: str, name: str, password: str, *, at: datetime) -> Job:
        """Create a role that can log in with the password."""
        ...

    def create_database(self, branch_id: str, name: str, owner: str, *, at: datetime) -> Job:
        """Create an empty database."""
        ...

    def schema(self, branch_id: str, database: str, at: Position | None) -> str:
        """Return a database's schema at a position, as SQL text."""
        ...

    def open_endpoint(self, endpoint_id: str, branch_id: str) -> str:
        """Return the host, with its port where it has one, that a new endpoint answers on.

        The address stays the endpoint's own for as long as the endpoint lives, whatever happens
        to the branch's timeline.
        """
        ...

    def move_endpoints(self, branch_id: str, to_id: str) -> Job:
        """Have the endpoints of one branch answer for another, which gets the roles of both.

        Connections break, those to the second branch too, and can come back once the job is done.
        A job that fails leaves each branch its data.
        """
        ...

    def close_endpoint(self, endpoint_id: str) -> None:
        """Give up an endpoint's address."""
        ...

    def start_ephemeral(self, ephemeral_id: str, branch_id: str, at: Position) -> Job:
        """Make a branch's data at a position readable, and nothing more, under a visit's id."""
        ...

    def stop_ephemeral(self, ephemeral_id: str) -> Job:
        """End a visit to the past."""
        ...
