"""The protocol between the model and the storage of branch data.

A branch's data is a timeline: an ordered run of commits. The storage owns their order, their
LSNs, and the addresses of computes. The model owns everything else: names, parents, rules, and
how long an operation appears to run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from neon_sandbox.points import Point, Position


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a job: success, or the error that stopped it."""

    error: str = ""


class Job(Protocol):
    """A change of data in progress, possibly on another thread."""

    def outcome(self) -> Outcome | None:
        """Return how the job ended, or ``None`` while it runs; never wait."""


class Locked(Exception):
    """A client's open transaction has locked what was asked for."""


@dataclass(frozen=True, slots=True)
class CatalogRole:
    """A role that a branch has; ``password`` is ``None`` if SQL has set one that nobody told."""

    password: str | None
    login: bool


@dataclass(frozen=True, slots=True)
class Catalog:
    """The roles of a branch by their names, and the owners of its databases by theirs."""

    roles: Mapping[str, CatalogRole]
    owners: Mapping[str, str]


class Storage(Protocol):
    """The storage of branch data.

    Branches, endpoints and ephemeral computes have the model's ids. A snapshot is a branch without
    an endpoint, and outlives the branch that it was forked from. ``at`` is a position that this
    storage located before, or ``None`` for the head. A method that returns a `Job` has recorded
    the change when it returns: a later call sees it, and waits for it if necessary.

    A job that fails leaves every id usable: a failed fork is an empty timeline, and a failed
    restore leaves the branch's data under its id and under that of its backup branch.
    """

    def create(self, branch_id: str, *, at: datetime) -> Job:
        """Start the empty timeline of a project's first branch."""

    def fork(
        self, branch_id: str, source_id: str, at: Position | None, *, schema_only: bool = False
    ) -> Job:
        """Start the timeline of a new branch at a position on the source's."""

    def restore(
        self, branch_id: str, source_id: str, at: Position | None, *, preserve_as: str | None
    ) -> Job:
        """Give a branch a new timeline, forked from the source's as it was before the call.

        The previous timeline is kept under the id ``preserve_as``, or dropped for ``None``.
        Connections to the branch's endpoints break and can be reopened once the job is done.
        """

    def delete(self, branch_id: str) -> Job:
        """Drop a branch's timeline."""

    def locate(self, branch_id: str, point: Point | None) -> Position | None:
        """Return the last commit, if any, at or before the point; the last of all for ``None``."""

    def commit(
        self, branch_id: str, database: str, sql: str, *, role: str, at: datetime
    ) -> Position:
        """Run ``sql`` in a database, as a role, in one transaction committed at ``at``."""

    def create_role(self, branch_id: str, name: str, password: str, *, at: datetime) -> Job:
        """Create a role that can log in with the password."""

    def create_database(self, branch_id: str, name: str, owner: str, *, at: datetime) -> Job:
        """Create an empty database."""

    def catalog(self, branch_id: str, known: Mapping[str, str | None]) -> Catalog | None:
        """Return the roles and databases that a branch has now, by SQL as well.

        ``known`` are passwords by role. ``None`` means that the model knows best.
        """

    def set_password(self, branch_id: str, name: str, password: str, *, at: datetime) -> Job:
        """Set a role's password, and end the connections to the branch."""

    def delete_role(self, branch_id: str, name: str, *, at: datetime) -> Job:
        """Delete a role. What it owns in a database goes to the owner of the database."""

    def update_database(
        self, branch_id: str, name: str, new_name: str, owner: str, *, at: datetime
    ) -> Job:
        """Give a database a name and an owner; a change of the name ends connections to it."""

    def delete_database(self, branch_id: str, name: str, *, at: datetime) -> Job:
        """Delete a database, and end the connections to it."""

    def schema(self, branch_id: str, database: str, at: Position | None) -> str:
        """Return a database's schema at a position, as SQL text; it may raise `Locked`."""

    def open_endpoint(self, endpoint_id: str, branch_id: str) -> str:
        """Return the host of a new endpoint, with its port if it has one; it stays until closed."""

    def suspend_endpoint(self, endpoint_id: str) -> Job:
        """End the connections to an endpoint; its address stays, and new ones wait."""

    def start_endpoint(self, endpoint_id: str) -> Job:
        """Let connections in again, after a suspension."""

    def move_endpoints(self, branch_id: str, to_id: str) -> Job:
        """Point the endpoints of one branch at another, which gets the roles of both.

        Connections to both branches break, and can be reopened once the job is done. A job that
        fails leaves each branch its data.
        """

    def close_endpoint(self, endpoint_id: str) -> None:
        """Release an endpoint's address."""

    def start_ephemeral(self, ephemeral_id: str, branch_id: str, at: Position) -> Job:
        """Start a read-only compute on a branch's data at a position."""

    def stop_ephemeral(self, ephemeral_id: str) -> Job:
        """Stop an ephemeral compute."""
