"""Branches without rows: timelines that remember which statements were committed, and when."""

from __future__ import annotations

import bisect
import itertools
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from neon_sandbox.points import Lsn, Point, Position
from neon_sandbox.storage.protocol import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_FIRST_LSN = 0x1949A98
_RECORD_BYTES = 56
_DEFINES = ("CREATE", "ALTER", "DROP")
# A multicast group that is never assigned. TCP knows no groups, so the caller's own system refuses
# a connection. A loopback port would lead to whatever listens there, such as another sandbox.
NOWHERE = "224.0.0.0"


@dataclass(frozen=True, slots=True)
class Commit:
    """One transaction: where it ended, the database it changed and the SQL that it ran."""

    position: Position
    database: str
    sql: str

    @property
    def lsn(self) -> Lsn:
        """The LSN that the commit ended at."""
        return self.position.lsn

    @property
    def time(self) -> datetime:
        """When it was committed, in UTC."""
        return self.position.time

    @property
    def defines(self) -> bool:
        """Whether it changed the schema rather than rows."""
        return self.sql.lstrip().upper().startswith(_DEFINES)


@dataclass(slots=True)
class Timeline:
    """A run of commits, in the order of their LSNs and of their times."""

    commits: list[Commit] = field(default_factory=list)

    def append(self, database: str, sql: str, at: datetime) -> Position:
        """Add a commit; raise ``ValueError`` for one earlier than the last."""
        last = self.commits[-1] if self.commits else None
        if last and at < last.time:
            raise ValueError(f"a commit at {at} comes after one at {last.time}")
        size = (len(sql.encode()) + _RECORD_BYTES + 7) // 8 * 8
        lsn = Lsn((last.lsn if last else _FIRST_LSN) + size)
        self.commits.append(Commit(Position(lsn, at), database, sql))
        return self.commits[-1].position

    def until(self, point: Point | None) -> list[Commit]:
        """Return the commits at or before a point, or all of them for ``None``."""
        if point is None:
            return self.commits
        key = attrgetter("lsn" if isinstance(point, Lsn) else "time")
        return self.commits[: bisect.bisect_right(self.commits, point, key=key)]


@dataclass(frozen=True, slots=True)
class _Ended:
    """A job that was over before anybody could ask."""

    error: str = ""

    def outcome(self) -> Outcome:
        return Outcome(self.error)


class MemoryStorage:
    """Storage that keeps no rows, in which every job ends at once.

    Each endpoint has an address of its own, at which no database can answer.
    """

    def __init__(self) -> None:
        self._timelines: dict[str, Timeline] = {}
        self._visits: dict[str, Timeline] = {}
        self._hosts: dict[str, str] = {}
        self._ports = itertools.count(1)
        self._failure = ""

    def fail_next(self, error: str) -> None:
        """Make the next fork or restore fail with ``error``."""
        self._failure = error

    def commits(self, branch_id: str) -> tuple[Commit, ...]:
        """Return everything that was committed on a branch, oldest first."""
        return tuple(self._timelines[branch_id].commits)

    def visit(self, ephemeral_id: str) -> tuple[Commit, ...]:
        """Return everything that a visit to the past sees, oldest first."""
        return tuple(self._visits[ephemeral_id].commits)

    def create(self, branch_id: str, *, at: datetime) -> _Ended:
        """Start a timeline whose first commit is the creation of the project."""
        timeline = Timeline()
        timeline.append("postgres", "-- initial data directory", at)
        self._timelines[branch_id] = timeline
        return _Ended()

    def fork(
        self, branch_id: str, source_id: str, at: Position | None, *, schema_only: bool = False
    ) -> _Ended:
        """Start a timeline that shares the source's commits up to a position."""
        if failure := self._take_failure():
            self._timelines[branch_id] = Timeline()
            return _Ended(failure)
        commits: Iterable[Commit] = self._commits(source_id, at)
        if schema_only:
            commits = (commit for commit in commits if commit.defines)
        self._timelines[branch_id] = Timeline(list(commits))
        return _Ended()

    def restore(
        self, branch_id: str, source_id: str, at: Position | None, *, preserve_as: str | None
    ) -> _Ended:
        """Put a fork of the source in the place of the branch's timeline."""
        if failure := self._take_failure():
            if preserve_as:
                self._timelines[preserve_as] = Timeline(list(self._timelines[branch_id].commits))
            return _Ended(failure)
        fork = Timeline(list(self._commits(source_id, at)))
        if preserve_as:
            self._timelines[preserve_as] = self._timelines[branch_id]
        self._timelines[branch_id] = fork
        return _Ended()

    def delete(self, branch_id: str) -> _Ended:
        """Forget a timeline."""
        del self._timelines[branch_id]
        return _Ended()

    def locate(self, branch_id: str, point: Point | None) -> Position | None:
        """Return where the last commit at or before the point ended."""
        commits = self._timelines[branch_id].until(point)
        return commits[-1].position if commits else None

    def commit(
        self,
        branch_id: str,
        database: str,
        sql: str,
        *,
        role: str,
        at: datetime,
    ) -> Position:
        """Note that ``sql`` was committed; nothing is run."""
        return self._timelines[branch_id].append(database, sql, at)

    def create_role(
        self,
        branch_id: str,
        name: str,
        password: str,
        *,
        at: datetime,
    ) -> _Ended:
        """Note the role."""
        self._timelines[branch_id].append("postgres", f'-- role "{name}"', at)
        return _Ended()

    def create_database(self, branch_id: str, name: str, owner: str, *, at: datetime) -> _Ended:
        """Note the database."""
        self._timelines[branch_id].append("postgres", f'-- database "{name}" of "{owner}"', at)
        return _Ended()

    def schema(self, branch_id: str, database: str, at: Position | None) -> str:
        """Return the database's definitions in the order in which they were committed."""
        commits = self._commits(branch_id, at)
        texts = [c.sql.strip() for c in commits if c.database == database and c.defines]
        return "".join(f"{text}\n" for text in texts)

    def open_endpoint(self, endpoint_id: str, branch_id: str) -> str:
        """Hand out the next address."""
        host = f"{NOWHERE}:{next(self._ports)}"
        self._hosts[endpoint_id] = host
        return host

    def move_endpoints(self, branch_id: str, to_id: str) -> _Ended:
        """Do nothing: an address leads to no branch here."""
        return _Ended()

    def close_endpoint(self, endpoint_id: str) -> None:
        """Forget the address; it is not handed out again."""
        del self._hosts[endpoint_id]

    def start_ephemeral(self, ephemeral_id: str, branch_id: str, at: Position) -> _Ended:
        """Hold on to the commits up to a position."""
        self._visits[ephemeral_id] = Timeline(list(self._commits(branch_id, at)))
        return _Ended()

    def stop_ephemeral(self, ephemeral_id: str) -> _Ended:
        """Let go of them."""
        del self._visits[ephemeral_id]
        return _Ended()

    def _commits(self, branch_id: str, at: Position | None) -> list[Commit]:
        return self._timelines[branch_id].until(at.lsn if at else None)

    def _take_failure(self) -> str:
        failure, self._failure = self._failure, ""
        return failure
