"""What is said of snapshots, of their schedules, and of restores from them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from neon_restore._errors import Refused
from neon_restore._models.api import Branch, Operation, ScheduleItem, SnapshotItem
from neon_restore._models.points import Lsn, read_lsn, read_time, rfc3339
from neon_restore._models.text import duration, format_table, printable

Frequency = Literal["hourly", "daily", "weekly", "monthly", "yearly"]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot: what a branch held at a point, kept until it expires or is deleted.

    Attributes:
        id: Its id.
        name: Its name, which another snapshot may have too.
        source_branch_id: The branch that it was taken from, which may be gone.
        of: The name that this branch has now; None where it is gone.
        at: What it holds: the state at this time, in UTC, where Neon says so.
        lsn: The LSN of that state, where Neon says so.
        created_at: When it was taken, in UTC.
        expires_at: When Neon deletes it, in UTC; None if it is kept.
        manual: False for one that a schedule has made.

    """

    id: str
    name: str
    source_branch_id: str | None
    of: str | None
    at: datetime | None
    lsn: Lsn | None
    created_at: datetime | None
    expires_at: datetime | None
    manual: bool

    def __str__(self) -> str:
        of = self.of or f"branch {self.source_branch_id}, which is gone"
        at = f" at {rfc3339(self.at)}" if self.at else ""
        kept = f", expires {rfc3339(self.expires_at)}" if self.expires_at else ""
        made = "" if self.manual else ", made by the schedule"
        return printable(f"{self.name} ({self.id}), of {of}{at}{kept}{made}")


class ScheduleEntry(msgspec.Struct, frozen=True, kw_only=True):
    """When snapshots of a branch are made, and for how long each is kept.

    Attributes:
        frequency: How often.
        hour: The hour of the day, 0 to 23, in UTC.
        day: The day of the week or of the month.
        month: The month of the year.
        keep: How long Neon keeps each, an hour at least; None for ever.

    """

    frequency: Frequency
    hour: int | None = None
    day: int | None = None
    month: int | None = None
    keep: timedelta | None = None

    def __str__(self) -> str:
        parts: list[str] = [self.frequency]
        parts += [f"month {self.month}"] if self.month is not None else []
        parts += [f"day {self.day}"] if self.day is not None else []
        parts += [f"{self.hour:02}:00 UTC"] if self.hour is not None else []
        parts += [f"kept for {duration(self.keep)}" if self.keep else "kept until deleted"]
        return printable(", ".join(parts))

    def item(self) -> ScheduleItem:
        """The entry as it is sent.

        Raises:
            Refused: What it keeps is not a whole number of seconds.

        """
        seconds = None if self.keep is None else self.keep.total_seconds()
        if seconds is not None and (seconds < 0 or seconds != int(seconds)):
            raise Refused(
                f"{self.keep} is not a whole number of seconds from zero up.",
                advice="Give a timedelta such as timedelta(days=7).",
            )
        return ScheduleItem(
            frequency=self.frequency,
            hour=self.hour,
            day=self.day,
            month=self.month,
            retention_seconds=None if seconds is None else int(seconds),
        )


class SnapshotPreview(msgspec.Struct, frozen=True, kw_only=True):
    """A branch made from a snapshot, to look at before it replaces another.

    Attributes:
        where: Where it happened: Neon, or a sandbox and its address.
        project_id: The project.
        snapshot: What it was made from.
        branch: The new branch. Nothing else has changed.
        target: The branch that it replaces when it is handed to `finalize_restore`.
        operations: Neon's operations, all `finished` or `skipped`.
        duration: How long they took, one after another, by Neon's clock.

    """

    where: str
    project_id: str
    snapshot: Snapshot
    branch: Branch
    target: Branch
    operations: tuple[Operation, ...]

    @property
    def duration(self) -> timedelta:
        return took(self.operations)

    def __str__(self) -> str:
        return format_table(
            f"Preview of a snapshot on {self.where}, project {self.project_id}",
            [
                ("Branch", f"{self.branch.name} ({self.branch.id})"),
                ("Holds", str(self.snapshot)),
                ("Would replace", f"{self.target.name} ({self.target.id}), unchanged so far"),
                ("Took", f"{duration(self.duration)}, {len(self.operations)} operations"),
            ],
        )


class SnapshotRestored(msgspec.Struct, frozen=True, kw_only=True):
    """A finished restore from a snapshot: a new branch in the place of another.

    Attributes:
        where: Where it happened: Neon, or a sandbox and its address.
        project_id: The project.
        snapshot: What was restored; None where it is gone by now.
        branch: The new branch, with the name and the address that the replaced one had. Its
            id is another.
        replaced: The branch that was replaced, with its id and its new name. It holds the
            state from before.
        children: The branches that are children of the replaced one.
        operations: Neon's operations, all `finished` or `skipped`.
        duration: How long they took, one after another, by Neon's clock.
        stays_behind: What is left in the project, a sentence each.

    """

    where: str
    project_id: str
    snapshot: Snapshot | None
    branch: Branch
    replaced: Branch
    children: tuple[Branch, ...]
    operations: tuple[Operation, ...]

    @property
    def duration(self) -> timedelta:
        return took(self.operations)

    @property
    def stays_behind(self) -> tuple[str, ...]:
        old = self.replaced.name
        return (
            f"{old}: a branch with the state from before, without a compute, until you delete it.",
            *(
                f"{child.name}: a child of {old}, and not of {self.branch.name}."
                for child in self.children
            ),
        )

    def __str__(self) -> str:
        held = str(self.snapshot) if self.snapshot else "a snapshot that is gone"
        return format_table(
            f"Restored from a snapshot on {self.where}, project {self.project_id}",
            [
                ("Branch", f"{self.branch.name}, same address"),
                ("New id", f"{self.branch.id}, which was {self.replaced.id}"),
                ("Now holds", held),
                ("Replaced", f"{self.replaced.name} ({self.replaced.id})"),
                ("Took", f"{duration(self.duration)}, {len(self.operations)} operations"),
                ("Stays behind", self.stays_behind),
            ],
        )


def took(operations: tuple[Operation, ...]) -> timedelta:
    """How long operations took, one after another."""
    return timedelta(milliseconds=sum(one.total_duration_ms for one in operations))


def as_snapshot(item: SnapshotItem, names: dict[str, str]) -> Snapshot:
    """A snapshot as Neon lists it, with the name that its branch has now."""
    return Snapshot(
        id=item.id,
        name=item.name,
        source_branch_id=item.source_branch_id,
        of=names.get(item.source_branch_id or ""),
        at=read_time(item.timestamp or ""),
        lsn=read_lsn(item.lsn),
        created_at=read_time(item.created_at),
        expires_at=read_time(item.expires_at or ""),
        manual=item.manual is not False,
    )


def as_entry(item: ScheduleItem) -> ScheduleEntry:
    """An entry of a schedule as Neon lists it."""
    kept = item.retention_seconds
    return ScheduleEntry(
        frequency=item.frequency,  # type: ignore[arg-type]
        hour=item.hour,
        day=item.day,
        month=item.month,
        keep=None if kept is None else timedelta(seconds=kept),
    )
