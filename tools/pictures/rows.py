"""What a picture shows: branches, snapshots and looks at the past, each as a row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from neon_sandbox.errors import ApiError
from neon_sandbox.model.branches import check_deletable
from tools.pictures.row_counts import Change, parse_change, rows_after

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from neon_sandbox.model import EphemeralCompute
    from neon_sandbox.model.entities import Branch, Snapshot
    from neon_sandbox.model.model import Model
    from neon_sandbox.points import Position
    from neon_sandbox.storage.memory import Commit

Kind = Literal["branch", "backup", "snapshot", "look"]


class CommitLog(Protocol):
    """Storage that remembers what was committed, as the one in memory does."""

    def commits(self, branch_id: str) -> tuple[Commit, ...]:
        """Return everything that was committed on a branch, oldest first."""
        ...

    def visit(self, ephemeral_id: str) -> tuple[Commit, ...]:
        """Return everything that a visit to the past sees, oldest first."""
        ...


@dataclass(frozen=True)
class Row:
    """A timeline as it is drawn, and where it leaves the one that it was taken from."""

    name: str
    kind: Kind
    traits: str
    databases: tuple[str, ...]
    commits: tuple[Commit, ...]
    origin: Row | None = None
    fork: Position | None = None
    began: tuple[datetime, str] | None = None
    # When nothing more was written to it: a backup's end is the restore that it was kept from.
    until: datetime | None = None
    fate: str = ""

    @property
    def title(self) -> str:
        """The name, as it is drawn."""
        return short(self.name)

    @property
    def changes(self) -> list[tuple[Commit, Change]]:
        """The row's own commits that changed anything, after the fork."""
        own = [c for c in self.commits if self.fork is None or c.lsn > self.fork.lsn]
        return [(commit, done) for commit in own if (done := parse_change(commit))]

    def holds(self, database: str, tables: Collection[str], at: datetime | None = None) -> str:
        """Say how many rows these tables of a database have, at the head or at an instant."""
        commits = [c for c in self.commits if at is None or c.time <= at]
        found = rows_after(commits, database)
        return ", ".join(f"{rows} {table}" for table, rows in found.items() if table in tables)


def short(name: str) -> str:
    """Return the name of a branch without the most of a long time in it."""
    before, mark, time = name.partition("_old_")
    return f"{before}{mark}…{time[11:19].removesuffix(':00')}" if mark else name


def rows_of(model: Model, storage: CommitLog) -> list[Row]:
    """Return the rows: the first timeline, then whatever was taken from it."""
    drawn: dict[str, Row] = {}
    # The later it was taken, the nearer it stands, so that no line crosses another's words.
    branches = sorted(
        model.branches.values(),
        key=lambda b: (-b.parent_position.lsn if b.parent_position else -math.inf, not b.is_root),
    )
    for branch in branches:
        drawn[branch.id] = _branch(model, storage, branch, drawn)
        for snapshot in model.snapshots.values():
            if snapshot.source.id == branch.id:
                drawn[snapshot.id] = _snapshot(storage, snapshot, drawn[branch.id])
        for visit in model.ephemeral_computes():
            if visit.branch_id == branch.id:
                drawn[visit.id] = _look(storage, visit, drawn[branch.id])
    return list(drawn.values())


def _branch(model: Model, storage: CommitLog, branch: Branch, drawn: dict[str, Row]) -> Row:
    fork = branch.parent_position
    # What holds the commit: the snapshot, the parent, or whichever was first.
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


def _snapshot(storage: CommitLog, snapshot: Snapshot, source: Row) -> Row:
    return Row(
        snapshot.name,
        "snapshot",
        "snapshot",
        tuple(snapshot.databases),
        storage.commits(snapshot.id),
        source,
        snapshot.position,
    )


def _look(storage: CommitLog, visit: EphemeralCompute, source: Row) -> Row:
    return Row(
        f"a look at {source.name}",
        "look",
        "read-only",
        source.databases,
        storage.visit(visit.id),
        source,
        visit.position,
    )
