"""Backup branches: their names, and what is said of them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from neon_restore._models.points import read_time, rfc3339
from neon_restore._models.text import format_table, printable

if TYPE_CHECKING:
    from collections.abc import Collection

    from neon_restore._models.api import Branch

_BACKUP_NAME = r"(?s)(?P<branch>.+)_old_(?P<time>\d.*)"


def generate_backup_name(branch: str, head: datetime, taken: Collection[str]) -> str:
    """Neon's own form for a backup branch: `{branch_name}_old_{head_timestamp}`.

    The timestamp is RFC 3339 with microseconds, moved on where the name is taken. `head` is
    in UTC.
    """
    while True:
        stamp = head.replace(tzinfo=None).isoformat(timespec="microseconds")
        name = f"{branch}_old_{stamp}Z"
        if name not in taken:
            return name
        head += head.resolution


def is_generated_backup_name(name: str, branch: str) -> bool:
    """Whether a name is one that `backup_name` makes, which no two restores share."""
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
    return re.fullmatch(f"{re.escape(branch)}_old_{stamp}", name) is not None


def parse_backup_name(name: str) -> tuple[str, datetime | None] | None:
    """The branch that a backup's name speaks of and the time in it, or None for other names."""
    match = re.fullmatch(_BACKUP_NAME, name)
    return (match["branch"], read_time(match["time"])) if match else None


class BackupBranch(msgspec.Struct, frozen=True, kw_only=True):
    """A branch that holds the state from before a restore.

    Attributes:
        id: Its id.
        name: Its name: `{branch_name}_old_{head_timestamp}`.
        of: The name of the branch that was restored.
        taken_at: The time in its name, in UTC; None where the name holds no readable time.
        children: The names of its children.
        logical_size: Its size in bytes, where Neon says so.

    """

    id: str
    name: str
    of: str
    taken_at: datetime | None
    children: tuple[str, ...]
    logical_size: int | None

    def __str__(self) -> str:
        taken = rfc3339(self.taken_at) if self.taken_at else "at an unknown time"
        children = f", children: {', '.join(self.children)}" if self.children else ""
        return printable(f"{self.name} ({self.id}), taken {taken} from {self.of}{children}")


class RefusedDeletion(msgspec.Struct, frozen=True):
    """A backup branch that Neon did not delete.

    Attributes:
        backup: The backup branch.
        reason: Why not, in Neon's words.

    """

    backup: BackupBranch
    reason: str


class DeletionReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of deleting backup branches.

    Attributes:
        where: Where it happened: Neon, or a sandbox and its address.
        deleted: The backups that are gone.
        refused: Those that Neon refuses to delete, with its reason.
        kept: Those that are younger, or whose names hold no readable time.

    """

    where: str
    deleted: tuple[BackupBranch, ...]
    refused: tuple[RefusedDeletion, ...]
    kept: tuple[BackupBranch, ...]

    def __str__(self) -> str:
        return format_table(
            f"Backup branches on {self.where}",
            [
                ("Deleted", [b.name for b in self.deleted] or "none"),
                ("Refused", [f"{r.backup.name}: {r.reason}" for r in self.refused]),
                ("Kept", [b.name for b in self.kept]),
            ],
        )


def as_backup(branch: Branch, children: tuple[Branch, ...]) -> BackupBranch | None:
    """The branch as a backup, if its name says that it is one."""
    found = parse_backup_name(branch.name)
    return found and BackupBranch(
        id=branch.id,
        name=branch.name,
        of=found[0],
        taken_at=found[1],
        children=tuple(child.name for child in children),
        logical_size=branch.logical_size,
    )
