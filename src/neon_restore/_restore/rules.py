"""Checks Neon's rules before a restore is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from neon_restore._branches.lookup import children
from neon_restore._errors import (
    BackupNameRefused,
    BranchProtected,
    InvalidPoint,
    NotARootBranch,
    OverwrittenSince,
    PlanOutdated,
    Refused,
)
from neon_restore._models.points import rfc3339

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from neon_restore._models.api import Branch
    from neon_restore._models.restores import PendingRestore, ValidatedRestore

MAX_NAME_LENGTH = 256
CLOCK_TOLERANCE = timedelta(seconds=3)
"""Neon's times that are further apart than this belong to different restores."""


def check_branches(
    destination: Branch,
    source: Branch,
    *,
    has_point: bool,
    unprotect: bool,
    allow_child_branch: bool,
) -> None:
    """Check that the branches allow the point in time, and the destination a restore.

    Raises:
        InvalidPoint: A restore from own history has no point in time.
        NotARootBranch: The restore has a point in time, a branch is a child branch, and that
            was not allowed.
        BranchProtected: The destination is protected.
        Refused: Neon reports that the destination cannot be restored now.

    """
    if source.id == destination.id and not has_point:
        raise InvalidPoint(
            f"A restore of {destination.name} from its own history needs a point in time.",
            advice="Give at= or lsn=, or the branch to restore from as source=.",
        )
    for branch, role in ((destination, "destination"), (source, "source")):
        if has_point and not branch.is_root and not allow_child_branch:
            raise NotARootBranch(
                f"{branch.name}, the {role}, is a child branch: Neon documents restores to a point "
                "in time for root branches only.",
                advice="Restore a child from the head of another branch, which becomes its parent: "
                "give source= and no point. Restores of a child from its own history were seen to "
                "work on Neon: allow_child_branch=True sends one, and the backup branch becomes "
                "its parent.",
            )
    if destination.protected and not unprotect:
        raise BranchProtected(
            f"{destination.name} is protected, and Neon does not restore protected branches.",
            advice="Pass unprotect=True to take the protection off for the restore, and to put it "
            "back when it has ended.",
        )
    for action in destination.restricted_actions:
        if action.name == "restore":
            raise Refused(
                f"Neon does not restore {destination.name} now: {action.reason}",
                advice="Try again when the reason is gone.",
            )


def check_backup_name(
    name: str | None, taken: Collection[str], *, from_own_history: bool, has_children: bool
) -> None:
    """Check that Neon accepts the backup name, or its absence.

    Raises:
        BackupNameRefused: The name is taken, empty, too long, or missing.

    """
    if name is None:
        reason = "restored from its own history" if from_own_history else "that has children"
        if from_own_history or has_children:
            raise BackupNameRefused(
                f"Neon always keeps the previous state of a branch {reason}.",
                advice="Leave discard_previous_state out.",
            )
    elif not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise BackupNameRefused(
            f"A backup name of {len(name)} characters is not between 1 and {MAX_NAME_LENGTH}.",
            advice="Give another backup_name.",
        )
    elif name in taken:
        raise BackupNameRefused(
            f"There is a branch named {name!r} already.",
            advice="Give another backup_name, or none: the name is then made from the time.",
        )


def check_unchanged(intent: ValidatedRestore, branches: Sequence[Branch], since: str) -> None:
    """Check that the branches of a restore have not changed since it was checked.

    Raises:
        PlanOutdated: A branch is gone, renamed or restored, or the destination has another parent
            or other children.

    """
    found = {branch.id: branch for branch in branches}
    changes = []
    for before in {branch.id: branch for branch in (intent.destination, intent.source)}.values():
        now = found.get(before.id)
        if now is None:
            changes.append(f"{before.name} is gone")
        elif now.name != before.name:
            changes.append(f"{before.name} was renamed to {now.name}")
        elif now.last_reset_at != before.last_reset_at:
            changes.append(f"{before.name} was restored or reset")
        elif before.id == intent.destination.id and now.parent_id != before.parent_id:
            # The kept state stays below the parent, and the plan says which parents it pins.
            parent = found.get(now.parent_id or "")
            name = parent.name if parent else "none"
            changes.append(f"the parent of {before.name} is now {name}")
    planned, present = (
        {child.id: child.name for child in some}
        for some in (intent.children, children(branches, intent.destination))
    )
    if planned.keys() != present.keys():
        names = (", ".join(sorted(some.values())) or "none" for some in (planned, present))
        changes.append("its children were {} and are {}".format(*names))
    if changes:
        raise PlanOutdated(
            f"Since {since}, {'; '.join(changes)}.",
            advice="Make a new plan and read it.",
        )


def check_not_overwritten(pending: PendingRestore, branch: Branch) -> None:
    """Check that a branch was not restored or reset again after a finished restore.

    Raises:
        OverwrittenSince: The branch was restored or reset again.

    """
    reset_at = branch.last_reset_at
    if not pending.reset_at or not reset_at or reset_at <= pending.reset_at + CLOCK_TOLERANCE:
        return
    error = OverwrittenSince(
        f"{branch.name} was restored or reset again, at {rfc3339(reset_at)}.",
        changed=f"the restore of {branch.name} has finished, and was overwritten since.",
        advice="Ask who did it, and look at the data before you restore again.",
    )
    error.pending = pending
    raise error
