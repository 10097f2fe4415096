"""Models of a restore: planned, pending and finished."""

from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta

from neon_restore._models.api import Branch, Database, Endpoint, Operation
from neon_restore._models.json import JsonModel, MadeForProject
from neon_restore._models.points import Lsn, format_point, in_utc, read_lsn, rfc3339
from neon_restore._models.rows import TableRows
from neon_restore._models.text import duration, format_table

MAX_TABLES = 12
"""How many tables a printed plan names; `rows` has all."""
ROOT_LIMITS = {"free": 3, "launch": 5, "scale": 25}
"""The limits on root branches by pricing plan; the API states none. [rule: root-branch-limit]"""


class RestoreIntent(MadeForProject, frozen=True, kw_only=True):
    """A restore: the destination, the source and point, and the backup branch."""

    destination: Branch
    source: Branch | None
    point: Annotated[datetime, Meta(tz=True)] | Lsn | None
    backup_name: str | None
    children: tuple[Branch, ...]
    planned_at: Annotated[datetime, Meta(tz=True)]
    unprotect: bool = False

    @property
    def from_own_history(self) -> bool:
        """Whether the branch is restored from its own history."""
        return self.source is not None and self.source.id == self.destination.id

    @property
    def source_text(self) -> str:
        """The source and the point in time, as text for messages."""
        if self.source is None:
            return "an earlier state"
        own = self.from_own_history
        source = "its own history" if own else f"{self.source.name} ({self.source.id})"
        return f"{source}, at {format_point(self.point)}"

    @property
    def stays_behind(self) -> tuple[str, ...]:
        """What the restore leaves in the project permanently, one sentence each."""
        left = [
            f"{child.name}: a child of the backup branch from now on. A rollback does not move "
            "it back."
            for child in self.children
        ]
        own, is_root = self.from_own_history, self.destination.is_root
        if self.children and (is_root or not own):
            left.append(f"{self.backup_name}: Neon deletes no branch that has children.")
        if not is_root:
            parent = self.backup_name if own else self.source.name if self.source else None
            is_parent = self.source is not None and self.source.id == self.destination.parent_id
            if parent and (own or not is_parent):
                left.append(
                    f"{parent}: the parent of {self.destination.name} from now on. Neon deletes no "
                    "branch that has children."
                )
        elif self.backup_name and self.source and not own and not self.children:
            left.append(
                f"{self.backup_name}: Neon does not delete the backup of a root branch that was "
                "restored from another branch: it is the original root."
            )
        return tuple(left)


class ValidatedRestore(RestoreIntent, frozen=True, kw_only=True):
    """A restore with all names looked up and all rules checked."""

    source: Branch
    allow_child_branch: bool = False

    @property
    def resetting(self) -> tuple[Branch, ...]:
        """The branches that Neon is restoring or resetting, which a restore has to wait for."""
        needed = (self.destination, self.source) if self.point is None else (self.destination,)
        return tuple(branch for branch in needed if branch.is_resetting)


class RestorePlan(ValidatedRestore, frozen=True, kw_only=True):
    """A plan of a restore, checked against Neon's rules; `print` it to read it.

    `to_json()` returns it as text, which `RestorePlan.from_json` reads in another process.

    Attributes:
        where: The server: Neon, or a sandbox and its address.
        project_id: The id of the project.
        destination: The branch to overwrite.
        source: The branch to restore from.
        point: A time in UTC, an LSN, or None for the source's head.
        backup_name: The name of the backup branch for the current state, or None.
        children: The branches that would move to the backup branch.
        planned_at: The server's time when the plan was made, in UTC, to the second.
        unprotect: Whether the restore removes the branch's protection and sets it again.
        allow_child_branch: Whether a restore to a point in time may have a child branch.
        branches: How many branches the project has.
        branches_limit: How many it may have; 0 if Neon does not say.
        root_branches: How many of its branches are root branches.
        root_branches_limit: How many of those it may have; 0 if that is not known.
        databases: All databases on the branch now; the restore replaces every one.
        databases_lost: The names of those that the restore removes, if it takes the head of another
            branch. Neon's API does not list the databases of a past state.
        databases_back: The names of databases that it brings and that are not there now, likewise.
            Of a past state, `rows` names them.
        endpoints: The compute endpoints whose connections drop; their addresses stay the same.
        schema_changes: For each database whose schema would change, the difference in the format
            of `diff`: a minus marks what the restore removes, a plus what it adds.
        schema_unknown: For each database that could not be compared, the reason.
        rows: What becomes of the rows of each table, if the plan was asked to compare them.
        stays_behind: What the restore leaves in the project permanently, one sentence each.
        warnings: What to consider before the restore, one sentence each.
    """

    branches: int
    branches_limit: int
    root_branches: int
    root_branches_limit: int = 0
    databases: tuple[Database, ...]
    endpoints: tuple[Endpoint, ...]
    schema_changes: dict[str, str]
    schema_unknown: dict[str, str]
    rows: tuple[TableRows, ...] = ()
    databases_lost: tuple[str, ...] = ()
    databases_back: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        warnings = []
        if len(self.databases) > 1:
            warnings.append("All databases go to the same point together; none can be left out.")
        if self.backup_name is None:
            warnings.append("Nothing of the present state is kept: this cannot be undone.")
        if self.unprotect:
            warnings.append(
                f"{self.destination.name} is unprotected until the restore has ended: anyone with "
                "an API key of the project can overwrite it meanwhile."
            )
        warnings += [
            f"{branch.name} is being restored or reset now. This restore is refused until that has "
            "ended."
            for branch in self.resetting
        ]
        warnings += self._limits
        branches = {branch.name: branch for branch in (self.destination, self.source)}
        warnings += [
            f"{name} is a child branch: Neon documents restores to a point in time for root "
            "branches only, and may refuse this one."
            for name, branch in branches.items()
            if self.point is not None and not branch.is_root
        ]
        if self.destination.default:
            warnings.append(f"{self.destination.name} is the project's default branch.")
        return tuple(warnings)

    @property
    def _limits(self) -> list[str]:
        """Warnings of limits on branches that the backup branch reaches or exceeds."""
        counts = [(self.branches, self.branches_limit, "branches")]
        if self.destination.is_root:
            counts.append((self.root_branches, self.root_branches_limit, "root branches"))
        return [
            f"The project has {count} of {limit} {kind}, and the backup is one more. Neon refuses "
            "a restore beyond the limit."
            for count, limit, kind in counts
            if self.backup_name and 0 < limit <= count + 1
        ]

    def _schema_rows(self) -> list[str]:
        rows = [
            f"{name} changes, see plan.schema_changes[{name!r}]" for name in self.schema_changes
        ]
        rows += [f"{name} was not compared: {why}" for name, why in self.schema_unknown.items()]
        return rows or ["stays as it is"]

    def _table_rows(self) -> list[str]:
        """Return a line for each table that changes, those that lose most first."""
        changed = [one for one in self.rows if not one.stays]
        changed.sort(key=lambda one: (one.goes is None, -(one.goes or 0), -(one.comes_back or 0)))
        lines = [str(one) for one in changed[:MAX_TABLES]]
        if more := len(changed) - len(lines):
            lines.append(f"and {more} more, see plan.rows")
        if same := len(self.rows) - len(changed):
            lines.append(f"{same} table{'s stay as they are' if same > 1 else ' stays as it is'}")
        return lines

    def __str__(self) -> str:
        branch = self.destination
        traits = ["root branch" if branch.is_root else "child branch"]
        traits += ["default"] if branch.default else []
        traits += ["protected"] if branch.protected else []
        taken = self.source_text
        if isinstance(self.point, datetime) and self.point < self.planned_at:
            taken += f", {duration(self.planned_at - self.point)} before now"
        if self.backup_name is None:
            backup = "nothing: the present state is discarded"
        else:
            backup = f"the present state, as branch {self.backup_name}"
        databases = ["all databases: " + ", ".join(database.name for database in self.databases)]
        lost, back = ", ".join(self.databases_lost), ", ".join(self.databases_back)
        databases += [f"removes: {lost}"] if lost else []
        databases += [f"brings back: {back}"] if back else []
        return format_table(
            f"Plan for a restore on {self.where}, project {self.project_id}",
            [
                ("Overwrite", f"{branch.name} ({branch.id}), {', '.join(traits)}"),
                ("With", taken),
                ("Replace", databases),
                ("Schema", self._schema_rows()),
                ("Rows", self._table_rows()),
                ("Keep", backup),
                ("Move", [f"{c.name} ({c.id}), to the backup branch" for c in self.children]),
                ("Reconnect", [f"{e.id}, same address" for e in self.endpoints]),
                ("Stays behind", self.stays_behind),
                ("Warning", self.warnings),
            ],
        )


class PendingRestore(RestoreIntent, frozen=True, kw_only=True):
    """A restore that Neon has accepted or may have accepted; pass it to `wait`.

    `to_json()` returns it as text, which `PendingRestore.from_json` reads in another process.

    Attributes:
        where: The server: Neon, or a sandbox and its address.
        project_id: The id of the project.
        destination: The branch to overwrite, as it was before the restore.
        source: The branch to restore from; None if another process began the restore.
        point: A time in UTC, an LSN, or None for the source's head.
        backup_name: The name of the backup branch for the previous state, or None.
        children: The branches that move to the backup branch.
        planned_at: The server's time when the restore was checked, in UTC, to the second.
        unprotect: Whether the branch is protected again when the restore has finished.
        operations: Neon's operations when it accepted the restore; empty if the response was
            lost or had none.
        reset_at: Neon's time of the restore, in UTC; None if the response was lost.
        stays_behind: What the restore leaves in the project permanently, one sentence each.
    """

    operations: tuple[Operation, ...] = ()
    reset_at: Annotated[datetime, Meta(tz=True)] | None = None

    def __str__(self) -> str:
        return format_table(
            f"Restore under way on {self.where}, project {self.project_id}",
            [
                ("Branch", f"{self.destination.name} ({self.destination.id})"),
                ("From", self.source_text),
                ("Backup", self.backup_name or "none"),
                ("Operations", ", ".join(o.action for o in self.operations) or "not known yet"),
            ],
        )


class Restored(JsonModel, frozen=True, kw_only=True):
    """A finished restore.

    `to_json()` returns it as text, which `Restored.from_json` reads in another process.

    Attributes:
        where: The server: Neon, or a sandbox and its address.
        destination: The restored branch as it is now, with the same id and name as before.
        point: The requested point: a time in UTC, an LSN, or None for the source's head.
        backup: The backup branch with the previous state, or None if nothing was kept.
        operations: Neon's operations, all `finished` or `skipped`.
        duration: The total duration of Neon's operations, by Neon's clock.
        moved_children: The branches that moved to the backup branch.
        stays_behind: What the restore leaves in the project permanently, one sentence each.
        resolved_at: The time of the commit that the point resolved to, in UTC, if Neon reports it.
        resolved_lsn: The LSN of that commit, if Neon reports it.
        intent: The whole request, as a `PendingRestore`, with `source` and `project_id` for
            example.
    """

    intent: PendingRestore
    destination: Branch
    backup: Branch | None
    operations: tuple[Operation, ...]
    duration: timedelta

    @property
    def where(self) -> str:
        return self.intent.where

    @property
    def point(self) -> datetime | Lsn | None:
        return self.intent.point

    @property
    def moved_children(self) -> tuple[Branch, ...]:
        return self.intent.children

    @property
    def stays_behind(self) -> tuple[str, ...]:
        return self.intent.stays_behind

    @property
    def resolved_at(self) -> datetime | None:
        time = self.destination.parent_timestamp
        return in_utc(time) if time else None

    @property
    def resolved_lsn(self) -> Lsn | None:
        return read_lsn(self.destination.parent_lsn)

    def __str__(self) -> str:
        taken = self.intent.source_text
        if self.resolved_at and self.resolved_at != self.point:
            taken += f" (last commit {rfc3339(self.resolved_at)})"
        backup = f"{self.backup.name} ({self.backup.id})" if self.backup else "none was kept"
        return format_table(
            f"Restored on {self.where}, project {self.intent.project_id}",
            [
                ("Branch", f"{self.destination.name} ({self.destination.id})"),
                ("Now holds", taken),
                ("Backup", backup),
                ("Took", f"{duration(self.duration)}, {len(self.operations)} operations"),
                ("Stays behind", self.stays_behind),
            ],
        )
