"""Checks Neon's rules before a restore is sent."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from neon_restore._branches.lookup import children
from neon_restore._errors import (
    BackupNameRefused,
    BranchProtected,
    InvalidPoint,
    NotARootBranch,
    OverwrittenSince,
    OverwroteAnother,
    PlanOutdated,
    Refused,
)
from neon_restore._http.operations import CLOCK_TOLERANCE
from neon_restore._models.api import Branch, Operation
from neon_restore._models.points import rfc3339
from neon_restore._models.restores import PendingRestore, Restored, ValidatedRestore
from neon_restore._restore.request import RestoreRequest

MAX_NAME_LENGTH = 256
SAME_RESET = timedelta(seconds=30)
"""An operation that is dated further from a reset than this belongs to another one."""


def check_branches(request: RestoreRequest, destination: Branch, source: Branch) -> None:
    """Check that the branches allow the point in time, and the destination a restore."""
    has_point = request.point is not None
    if source.id == destination.id and not has_point:
        raise InvalidPoint(
            f"A restore of {destination.name} from its own history needs a point in time.",
            advice="Give at= or lsn=, or the branch to restore from as source=.",
        )
    for branch, role in ((destination, "destination"), (source, "source")):
        if has_point and not branch.is_root and not request.allow_child_branch:
            raise NotARootBranch(
                f"{branch.name}, the {role}, is a child branch: Neon documents restores to a point "
                "in time for root branches only.",
                advice="Restore a child from the head of another branch, which becomes its parent: "
                "give source= and no point. Restores of a child from its own history were seen to "
                "work on Neon: allow_child_branch=True sends one, and the backup branch becomes "
                "its parent.",
            )
    if destination.protected and not request.unprotect:
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
    """Check that Neon accepts the backup name, or its absence."""
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
    """Check that the branches of a restore have not changed since it was checked."""
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
            f"Since {since}, {'; '.join(changes)}.", advice="Make a new plan and read it."
        )


def check_not_overwritten(pending: PendingRestore, branch: Branch, known: datetime | None) -> None:
    """Check that a restored branch was not restored or reset again after a known time."""
    if known and branch.last_reset_at and branch.last_reset_at > known:
        raise _overwritten(pending, branch.last_reset_at)


def check_alone(restored: Restored, listed: Sequence[Operation]) -> None:
    """Check that no other restore came between the last look at the branch and now.

    Another restore shows by its operations on the branch.
    """
    pending, before = restored.intent, restored.intent.destination
    known = pending.reset_at and pending.reset_at + CLOCK_TOLERANCE
    check_not_overwritten(pending, restored.destination, known)
    if pending.source is None:
        return  # Another process began the restore: the branch is not known from before it.
    resets = _resets([each for each in reversed(listed) if each.branch_id == before.id])
    made_at = pending.reset_at or pending.planned_at
    if restored.backup:
        made_at = restored.backup.created_at
    accepted = {operation.id for operation in pending.operations}
    own = _nearest([each for each in resets if each.id in accepted] or resets, made_at)
    seen_at = before.last_reset_at or before.created_at
    seen = _nearest([each for each in resets if each is not own], seen_at)
    others = [each.created_at for each in resets if each is not own and each is not seen]
    for at in others:
        if at >= pending.planned_at and at > seen_at:
            is_later = at > (own.created_at if own else made_at)
            raise _overwritten(pending, at) if is_later else _overwrote(restored, at)


def _resets(operations: Sequence[Operation]) -> list[Operation]:
    """Return the operations that gave a branch another state, of its operations in order.

    A Time Travel query has a `create_branch` too, but suspends no compute right before it.
    """
    if any(each.action == "start_compute" for each in operations):
        return [
            later
            for earlier, later in pairwise(operations)
            if (earlier.action, later.action) == ("suspend_compute", "create_branch")
            and later.created_at - earlier.created_at <= CLOCK_TOLERANCE
        ]
    # Without a compute there is nothing to suspend, and no Time Travel.
    return [each for each in operations if each.action == "create_branch"]


def _nearest(resets: Sequence[Operation], at: datetime) -> Operation | None:
    """Return the operation of the reset at a time, or None if none is dated near it."""
    near = [each for each in resets if abs(each.created_at - at) <= SAME_RESET]
    return min(near, key=lambda each: abs(each.created_at - at), default=None)


def _overwritten(pending: PendingRestore, at: datetime) -> OverwrittenSince:
    name = pending.destination.name
    error = OverwrittenSince(
        f"{name} was restored or reset again, at {rfc3339(at)}.",
        changed=f"the restore of {name} has finished, and was overwritten since.",
        advice="Ask who did it, and look at the data before you restore again.",
    )
    error.pending = pending
    return error


def _overwrote(restored: Restored, at: datetime) -> OverwroteAnother:
    name, backup = restored.destination.name, restored.backup
    error = OverwroteAnother(
        f"{name} was restored or reset by another request at {rfc3339(at)}, right before this "
        "restore.",
        changed=f"the restore of {name} has finished, and has overwritten the other one.",
        advice="Ask who did it. "
        + (
            f"Its result is on {backup.name}: rollback(error.restored) puts it back."
            if backup
            else "Its result was not kept."
        ),
    )
    error.restored = restored
    return error
