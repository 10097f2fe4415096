"""Models of snapshots, their schedules, and restores from them."""

from datetime import datetime, timedelta
from typing import Literal, get_type_hints

import msgspec

from neon_restore._errors import Refused
from neon_restore._http.arguments import check_types
from neon_restore._models.api import Branch, Operation, ScheduleItem, SnapshotItem
from neon_restore._models.json import JsonModel, MadeForProject
from neon_restore._models.points import Lsn, read_lsn, read_time, rfc3339
from neon_restore._models.text import duration, format_table, printable

Frequency = Literal["hourly", "daily", "weekly", "monthly", "yearly"]


class Snapshot(JsonModel, frozen=True, kw_only=True):
    """A snapshot: the state of a branch at a point, kept until it expires or is deleted.

    Attributes:
        id: The id.
        name: The name, which is not always unique.
        source_branch_id: The id of the branch that it was taken from, which may be gone.
        of: The current name of that branch; None if the branch is gone.
        at: The time of the state that it holds, in UTC, if Neon reports it.
        lsn: The LSN of that state, if Neon reports it.
        created_at: When it was taken, in UTC.
        expires_at: When Neon deletes it, in UTC; None if it does not expire.
        manual: False if a schedule created it.
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
    """An entry of a snapshot schedule: when Neon creates snapshots, and how long it keeps them.

    Attributes:
        frequency: How often Neon creates a snapshot.
        hour: The hour of the day, 0 to 23, in UTC.
        day: The day of the week or of the month.
        month: The month of the year.
        keep: How long Neon keeps each snapshot, at least an hour; None to keep it until deleted.
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
        """Return the entry as it is sent to Neon.

        Raises:
            WrongType: A field has another type.
            Refused: `keep` is negative or has a fraction of a second.
        """
        check_types("ScheduleEntry", get_type_hints(ScheduleEntry), msgspec.structs.asdict(self))
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


class SnapshotPreview(MadeForProject, frozen=True, kw_only=True):
    """A branch made from a snapshot, to inspect before it replaces another branch.

    Attributes:
        where: The server: Neon, or a sandbox and its address.
        project_id: The id of the project.
        snapshot: The snapshot that the branch was made from.
        branch: The new branch. Nothing else has changed.
        target: The branch that `finalize_restore` replaces with it.
        operations: Neon's operations, all `finished` or `skipped`.
        duration: The total duration of the operations, by Neon's clock.
    """

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


class SnapshotRestored(JsonModel, frozen=True, kw_only=True):
    """A finished restore from a snapshot: a new branch that has replaced another.

    Attributes:
        where: The server: Neon, or a sandbox and its address.
        project_id: The id of the project.
        snapshot: The snapshot that was restored; None if it is gone.
        branch: The new branch, with the name and the address of the replaced branch, and a new id.
        replaced: The replaced branch, with its id and its new name. It holds the previous state.
        children: The children of the replaced branch.
        operations: Neon's operations, all `finished` or `skipped`.
        duration: The total duration of the operations, by Neon's clock.
        stays_behind: What the restore leaves in the project, one sentence each.
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
    """Return the total duration of operations."""
    return timedelta(milliseconds=sum(one.total_duration_ms for one in operations))


def as_snapshot(item: SnapshotItem, names: dict[str, str]) -> Snapshot:
    """Convert a snapshot from Neon's form, with the current name of its branch."""
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
    """Convert an entry of a schedule from Neon's form."""
    kept = item.retention_seconds
    return ScheduleEntry(
        frequency=item.frequency,  # type: ignore[arg-type]
        hour=item.hour,
        day=item.day,
        month=item.month,
        keep=None if kept is None else timedelta(seconds=kept),
    )
