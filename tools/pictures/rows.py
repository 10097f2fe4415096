"""The rows of a picture: branches, snapshots and Time Travel views."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from neon_sandbox.errors import ApiError
from neon_sandbox.model.branches import check_deletable
from neon_sandbox.model.entities import Branch
from neon_sandbox.model.model import Model
from neon_sandbox.points import Position
from neon_sandbox.storage.memory import Commit
from tools.pictures.row_counts import Change, parse_change, rows_after

Kind = Literal["branch", "backup", "snapshot", "look"]


class CommitLog(Protocol):
    """A storage that keeps its commits, as the one in memory does."""

    def commits(self, branch_id: str) -> tuple[Commit, ...]:
        """Return all commits of a branch, oldest first."""

    def ephemeral_commits(self, ephemeral_id: str) -> tuple[Commit, ...]:
        """Return all commits that an ephemeral compute sees, oldest first."""


@dataclass(frozen=True)
class Row:
    """A timeline in a picture, and the fork from the timeline that it was taken from."""

    name: str
    kind: Kind
    traits: str
    databases: tuple[str, ...]
    commits: tuple[Commit, ...]
    origin: "Row | None" = None
    fork: Position | None = None
    began: tuple[datetime, str] | None = None
    # The end of writes to it: for a backup branch, the time of the restore that made it.
    until: datetime | None = None
    fate: str = ""

    @property
    def title(self) -> str:
        """The name in the picture."""
        return short(self.name)

    @property
    def changes(self) -> list[tuple[Commit, Change]]:
        """The commits after the fork that changed a table."""
        own = [c for c in self.commits if self.fork is None or c.lsn > self.fork.lsn]
        return [(commit, done) for commit in own if (done := parse_change(commit))]

    def holds(self, database: str, tables: Collection[str], at: datetime | None = None) -> str:
        """Return the row counts of these tables of a database, at the head or at an instant."""
        commits = [c for c in self.commits if at is None or c.time <= at]
        found = rows_after(commits, database)
        return ", ".join(f"{rows} {table}" for table, rows in found.items() if table in tables)


def short(name: str) -> str:
    """Return the name of a branch, with a timestamp in it shortened to the time of day."""
    before, mark, time = name.partition("_old_")
    return f"{before}{mark}…{time[11:19].removesuffix(':00')}" if mark else name


def rows_of(model: Model, storage: CommitLog) -> list[Row]:
    """Return the rows: the first timeline, then those that were taken from it."""
    drawn: dict[str, Row] = {}
    # The later a branch was taken, the nearer it is, so that no line crosses another's words.
    branches = sorted(
        model.branches.values(),
        key=lambda b: (-b.parent_position.lsn if b.parent_position else -math.inf, not b.is_root),
    )
    for branch in branches:
        drawn[branch.id] = _branch(model, storage, branch, drawn)
        source = drawn[branch.id]
        for snapshot in model.snapshots.values():
            if snapshot.source.id == branch.id:
                name, databases = snapshot.name, tuple(snapshot.databases)
                log = storage.commits(snapshot.id)
                drawn[snapshot.id] = Row(
                    name, "snapshot", "snapshot", databases, log, source, snapshot.position
                )
        for visit in model.ephemeral_computes():
            if visit.branch_id == branch.id:
                name, log = f"a look at {source.name}", storage.ephemeral_commits(visit.id)
                drawn[visit.id] = Row(
                    name, "look", "read-only", source.databases, log, source, visit.position
                )
    return list(drawn.values())


def _branch(model: Model, storage: CommitLog, branch: Branch, drawn: dict[str, Row]) -> Row:
    fork = branch.parent_position
    # The row that has the commit: the snapshot, the parent, or the first row that has it.
    near = (drawn.get(branch.restored_from or ""), drawn.get(branch.parent_id or ""))
    origins = [row for row in (*near, *drawn.values()) if row]
    came_from = next((row for row in origins if any(c.position == fork for c in row.commits)), None)
    until = _until(model, branch)
    return Row(
        branch.name,
        "backup" if until else "branch",
        ", ".join(_traits(model, branch)),
        tuple(branch.databases),
        storage.commits(branch.id),
        came_from if fork else None,
        fork,
        _began(branch),
        until,
        _fate(model, branch) if until else "",
    )


def _traits(model: Model, branch: Branch) -> Iterator[str]:
    parent = model.branches.get(branch.parent_id or "")
    if parent is None:
        yield "root"
    elif _until(model, branch):
        yield "child"
    elif parent.name.startswith(f"{branch.name}_old_"):
        yield "child of its backup"
    else:
        yield f"child of {short(parent.name)}"
    if branch.restored_from:
        yield "new id"


def _began(branch: Branch) -> tuple[datetime, str]:
    if branch.last_reset_at is None:
        return branch.created_at, "restored" if branch.restored_from else "created"
    return branch.last_reset_at, "restored" if branch.is_root else "reset"


def _until(model: Model, branch: Branch) -> datetime | None:
    for other in model.branches.values():
        if other.restored_as == branch.id and other.restore_status == "finalized":
            return other.created_at
    return branch.created_at if "_old_" in branch.name else None


def _fate(model: Model, branch: Branch) -> str:
    try:
        check_deletable(model, branch)
    except ApiError:
        why = "it has children" if model.children(branch) else "the original root"
        return f"cannot be deleted: {why}"
    return "can be deleted"
