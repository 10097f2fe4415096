"""Storage without rows: timelines that record which statements were committed, and when."""

import bisect
import itertools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from neon_sandbox.points import Lsn, Point, Position
from neon_sandbox.storage.protocol import Outcome

_FIRST_LSN = 0x1949A98
_RECORD_BYTES = 56
_DEFINES = ("CREATE", "ALTER", "DROP")
# A multicast address that is never assigned. TCP does not support multicast, so the caller's
# system refuses a connection. On a loopback port, another sandbox or program may listen.
NOWHERE = "224.0.0.0"


@dataclass(frozen=True, slots=True)
class Commit:
    """A transaction: the position of its end, the database it changed and the SQL it ran."""

    position: Position
    database: str
    sql: str
    # The new name of the database after this commit, or an empty one after its deletion.
    renamed_to: str | None = None

    @property
    def lsn(self) -> Lsn:
        """The LSN at which the commit ended."""
        return self.position.lsn

    @property
    def time(self) -> datetime:
        """The time of the commit, in UTC."""
        return self.position.time

    @property
    def defines(self) -> bool:
        """Whether the transaction changed the schema rather than rows."""
        return self.renamed_to is not None or self.sql.lstrip().upper().startswith(_DEFINES)


@dataclass(slots=True)
class Timeline:
    """A run of commits, ordered by LSN and by time."""

    commits: list[Commit] = field(default_factory=list)

    def append(
        self, database: str, sql: str, at: datetime, renamed_to: str | None = None
    ) -> Position:
        """Add a commit; raise ``ValueError`` if it is earlier than the last."""
        last = self.commits[-1].position if self.commits else Position(Lsn(_FIRST_LSN), at)
        if at < last.time:
            raise ValueError(f"a commit at {at} comes after one at {last.time}")
        size = (len(sql.encode()) + _RECORD_BYTES + 7) // 8 * 8
        position = Position(Lsn(last.lsn + size), at)
        self.commits.append(Commit(position, database, sql, renamed_to))
        return position

    def until(self, point: Point | None) -> list[Commit]:
        """Return the commits at or before a point, or all of them for ``None``."""
        if point is None:
            return self.commits
        key = attrgetter("lsn" if isinstance(point, Lsn) else "time")
        return self.commits[: bisect.bisect_right(self.commits, point, key=key)]


@dataclass(frozen=True, slots=True)
class _Ended:
    """A job that has ended already."""

    error: str = ""

    def outcome(self) -> Outcome:
        return Outcome(self.error)


class MemoryStorage:
    """Storage without rows: every job ends at once, and no endpoint's address answers."""

    def __init__(self) -> None:
        self._timelines: dict[str, Timeline] = {}
        self._ephemeral_computes: dict[str, Timeline] = {}
        self._endpoints: set[str] = set()
        self._ports = itertools.count(1)
        self._failure = ""

    def fail_next(self, error: str) -> None:
        """Make the next fork or restore fail with ``error``."""
        self._failure = error

    def commits(self, branch_id: str) -> tuple[Commit, ...]:
        """Return all commits of a branch, oldest first."""
        return tuple(self._timelines[branch_id].commits)

    def ephemeral_commits(self, ephemeral_id: str) -> tuple[Commit, ...]:
        """Return all commits that an ephemeral compute shows, oldest first."""
        return tuple(self._ephemeral_computes[ephemeral_id].commits)

    def create(self, branch_id: str, *, at: datetime) -> _Ended:
        """Start a timeline whose first commit is the creation of the project."""
        self._timelines[branch_id] = Timeline()
        self._timelines[branch_id].append("postgres", "-- initial data directory", at)
        return _Ended()

    def fork(
        self, branch_id: str, source_id: str, at: Position | None, *, schema_only: bool = False
    ) -> _Ended:
        """Start a timeline that shares the source's commits up to a position."""
        if failure := self._take_failure():
            self._timelines[branch_id] = Timeline()
            return _Ended(failure)
        commits = self._commits(source_id, at)
        self._timelines[branch_id] = Timeline([c for c in commits if c.defines or not schema_only])
        return _Ended()

    def restore(
        self, branch_id: str, source_id: str, at: Position | None, *, preserve_as: str | None
    ) -> _Ended:
        """Replace the branch's timeline by a fork of the source's."""
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
        """Drop a timeline."""
        del self._timelines[branch_id]
        return _Ended()

    def locate(self, branch_id: str, point: Point | None) -> Position | None:
        """Return the position of the last commit at or before the point."""
        commits = self._timelines[branch_id].until(point)
        return commits[-1].position if commits else None

    def commit(
        self, branch_id: str, database: str, sql: str, *, role: str, at: datetime
    ) -> Position:
        """Record ``sql`` as committed, without running it."""
        return self._timelines[branch_id].append(database, sql, at)

    def create_role(self, branch_id: str, name: str, password: str, *, at: datetime) -> _Ended:
        """Record the role."""
        self._timelines[branch_id].append("postgres", f'-- role "{name}"', at)
        return _Ended()

    def create_database(self, branch_id: str, name: str, owner: str, *, at: datetime) -> _Ended:
        """Record the database."""
        self._timelines[branch_id].append("postgres", f'-- database "{name}" of "{owner}"', at)
        return _Ended()

    def catalog(self, branch_id: str, known: Mapping[str, str | None]) -> None:
        """Return ``None``: no SQL runs in this storage."""

    def set_password(self, branch_id: str, name: str, password: str, *, at: datetime) -> _Ended:
        """Record that the password changed."""
        self._timelines[branch_id].append("postgres", f'-- password of role "{name}"', at)
        return _Ended()

    def delete_role(self, branch_id: str, name: str, *, at: datetime) -> _Ended:
        """Record the deletion."""
        self._timelines[branch_id].append("postgres", f'-- no role "{name}"', at)
        return _Ended()

    def update_database(
        self, branch_id: str, name: str, new_name: str, owner: str, *, at: datetime
    ) -> _Ended:
        """Record the name and the owner."""
        text = f'-- database "{name}" is "{new_name}" of "{owner}"'
        self._timelines[branch_id].append(name, text, at, renamed_to=new_name)
        return _Ended()

    def delete_database(self, branch_id: str, name: str, *, at: datetime) -> _Ended:
        """Record the deletion."""
        self._timelines[branch_id].append(name, f'-- no database "{name}"', at, renamed_to="")
        return _Ended()

    def schema(self, branch_id: str, database: str, at: Position | None) -> str:
        """Return the database's definitions in the order of their commits."""
        texts: defaultdict[str, str] = defaultdict(str)
        for commit in self._commits(branch_id, at):
            if commit.renamed_to is not None:
                texts[commit.renamed_to] = texts.pop(commit.database, "")
            elif commit.defines:
                texts[commit.database] += f"{commit.sql.strip()}\n"
        return texts[database]

    def open_endpoint(self, endpoint_id: str, branch_id: str) -> str:
        """Return the next address."""
        self._endpoints.add(endpoint_id)
        return f"{NOWHERE}:{next(self._ports)}"

    def suspend_endpoint(self, endpoint_id: str) -> _Ended:
        """Do nothing: no address answers in this storage."""
        return _Ended()

    def start_endpoint(self, endpoint_id: str) -> _Ended:
        """Do nothing: no address answers in this storage."""
        return _Ended()

    def move_endpoints(self, branch_id: str, to_id: str) -> _Ended:
        """Do nothing: no address is connected to a branch in this storage."""
        return _Ended()

    def close_endpoint(self, endpoint_id: str) -> None:
        """Forget the endpoint; its address is not used again."""
        self._endpoints.remove(endpoint_id)

    def start_ephemeral(self, ephemeral_id: str, branch_id: str, at: Position) -> _Ended:
        """Keep the commits up to a position."""
        self._ephemeral_computes[ephemeral_id] = Timeline(list(self._commits(branch_id, at)))
        return _Ended()

    def stop_ephemeral(self, ephemeral_id: str) -> _Ended:
        """Drop the commits of an ephemeral compute."""
        del self._ephemeral_computes[ephemeral_id]
        return _Ended()

    def _commits(self, branch_id: str, at: Position | None) -> list[Commit]:
        return self._timelines[branch_id].until(at.lsn if at else None)

    def _take_failure(self) -> str:
        failure, self._failure = self._failure, ""
        return failure
