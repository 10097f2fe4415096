"""Backup branches: their names, models and deletion reports."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import TypeAlias

import msgspec

from neon_restore._models.api import Branch
from neon_restore._models.points import format_stamp, read_time, rfc3339
from neon_restore._models.text import format_table, printable

_BACKUP_NAME = r"(?s)(?P<branch>.+)_old_(?P<time>\d.*)"


def generate_backup_name(branch: str, head: datetime, taken: Collection[str]) -> str:
    """Return a backup name in Neon's form, `{branch_name}_old_{head_timestamp}`.

    The timestamp is RFC 3339 with microseconds, increased while the name is taken. `head` is in
    UTC.
    """
    while True:
        name = f"{branch}_old_{format_stamp(head)}"
        if name not in taken:
            return name
        head += head.resolution


def is_generated_backup_name(name: str, branch: str) -> bool:
    """Return whether `generate_backup_name` makes such a name, which no two restores share."""
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
    return re.fullmatch(f"{re.escape(branch)}_old_{stamp}", name) is not None


def parse_backup_name(name: str) -> tuple[str, datetime | None] | None:
    """Return the branch name and the time in a backup's name, or None for other names."""
    match = re.fullmatch(_BACKUP_NAME, name)
    return (match["branch"], read_time(match["time"])) if match else None


class BackupBranch(msgspec.Struct, frozen=True, kw_only=True):
    """A branch with the state from before a restore.

    Attributes:
        id: The id.
        name: The name: `{branch_name}_old_{head_timestamp}`.
        of: The name of the branch that was restored.
        created_at: When Neon created it: the time of the restore. The time in the name can
            be the restore point, as in the names that the Console gives.
        children: The names of its children.
        logical_size: The size in bytes, if Neon reports it.
    """

    id: str
    name: str
    of: str
    created_at: datetime
    children: tuple[str, ...]
    logical_size: int | None

    def __str__(self) -> str:
        children = f", children: {', '.join(self.children)}" if self.children else ""
        created = rfc3339(self.created_at)
        return printable(f"{self.name} ({self.id}), taken {created} from {self.of}{children}")


AnyBranch: TypeAlias = Branch | BackupBranch | str
"""What names a branch: itself, or its id or name."""


class RefusedDeletion(msgspec.Struct, frozen=True):
    """A backup branch that Neon did not delete.

    Attributes:
        backup: The backup branch.
        reason: The reason, from Neon's message.
    """

    backup: BackupBranch
    reason: str


class DeletionReport(msgspec.Struct, frozen=True, kw_only=True):
    """The result of deleting backup branches.

    Attributes:
        where: The server: Neon, or a sandbox and its address.
        deleted: The backups that were deleted.
        refused: The backups that Neon refused to delete, with the reason.
        kept: The backups that are not old enough, or have no readable time in their names.
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
    """Return the branch as a backup if it has the name of one, else None."""
    found = parse_backup_name(branch.name)
    return found and BackupBranch(
        id=branch.id,
        name=branch.name,
        of=found[0],
        created_at=branch.created_at,
        children=tuple(child.name for child in children),
        logical_size=branch.logical_size,
    )
