"""Restores from a snapshot: in one step, or with a preview that is finalized later.

The new branch gets the name and computes of its target, and the target is renamed. Without a
target in the request, Neon replaces the branch that the snapshot was taken from. After a first
restore that is the branch that was replaced, so the client always sends a target.
"""

import re
from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from neon_restore._branches.lookup import check_same_project, children, find_branch, key_of
from neon_restore._errors import (
    NOTHING,
    NeonRestoreError,
    OperationFailed,
    Refused,
    UnexpectedAnswer,
)
from neon_restore._http import endpoints
from neon_restore._http.context import CallContext
from neon_restore._http.flow import Flow
from neon_restore._http.operations import wait_for_operations
from neon_restore._models.api import Branch, Operation, OperationsAnswer
from neon_restore._models.backups import AnyBranch
from neon_restore._models.points import format_stamp
from neon_restore._snapshots.models import Snapshot, SnapshotPreview, SnapshotRestored
from neon_restore._snapshots.snapshots import find_snapshot, read_snapshots, replaced_branch_ids

A = TypeVar("A", bound=OperationsAnswer)
_REPLACED = r"(?s).+ \(old\b[^()]*\)"


def restore(
    ctx: CallContext, snapshot: Snapshot | str, branch: AnyBranch, allow_other_branch: bool
) -> Flow[SnapshotRestored]:
    """Validate the restore, send it with its target, and wait."""
    found, target = yield from _look_up(ctx, snapshot, branch, allow_other_branch)
    body: dict[str, object] = {"target_branch_id": target.id, "finalize_restore": True}
    again = partial(_check_not_replaced, ctx, target)
    sent = endpoints.restore_snapshot(ctx, found.id, body, again)
    work = f"the restore of {target.name} from {found.name}"
    witness = (
        f"a branch named {target.name} whose id is not {target.id} is there if the restore was "
        "carried out"
    )
    answer, operations, after = yield from _carry_out(ctx, sent, target, work, witness)
    return _restored(ctx, found, answer.branch.id, target.id, operations, after, work)


def preview(
    ctx: CallContext,
    snapshot: Snapshot | str,
    branch: AnyBranch,
    name: str | None,
    allow_other_branch: bool,
) -> Flow[SnapshotPreview]:
    """Validate the restore, create the branch that is to replace the target, and wait."""
    found, target = yield from _look_up(ctx, snapshot, branch, allow_other_branch)
    name = name or f"{target.name}_preview_{format_stamp(ctx.server_stamp())}"
    body = {"target_branch_id": target.id, "finalize_restore": False, "name": name}
    again = partial(_check_not_replaced, ctx, target)
    sent = endpoints.restore_snapshot(ctx, found.id, body, again)
    work = f"the restore of {target.name} from {found.name}"
    witness = f"a branch named {name} is there if the preview was made"
    answer, operations, after = yield from _carry_out(ctx, sent, target, work, witness)
    return SnapshotPreview(
        where=ctx.where,
        project_id=ctx.project_id,
        snapshot=found,
        branch=_present(after, answer.branch.id, work),
        target=target,
        operations=operations,
    )


def _look_up(
    ctx: CallContext, snapshot: Snapshot | str, branch: AnyBranch, allow_other_branch: bool
) -> Flow[tuple[Snapshot, Branch]]:
    """Return the snapshot and its target, if the snapshot may be restored onto the target."""
    branches = yield from endpoints.list_branches(ctx)
    target = find_branch(branches, branch)
    if target.id != key_of(branch):
        _reject_replaced(target)
    found = find_snapshot((yield from read_snapshots(ctx, branches)), snapshot)
    is_own = found.source_branch_id in replaced_branch_ids(branches, target)
    if not is_own and not allow_other_branch:
        raise Refused(
            f"{found.name} is a snapshot of {found.of or 'a branch that is gone'}, and not of "
            f"{target.name}.",
            advice="Name another snapshot, or pass allow_other_branch=True if you mean this one.",
        )
    return found, target


def finalize(ctx: CallContext, preview: SnapshotPreview | AnyBranch) -> Flow[SnapshotRestored]:
    """Replace the target of a preview with the preview, and wait."""
    made = preview if isinstance(preview, SnapshotPreview) else None
    if made:
        check_same_project(ctx, made)
    branches = yield from endpoints.list_branches(ctx)
    branch = find_branch(
        branches, preview.branch if isinstance(preview, SnapshotPreview) else preview
    )
    if branch.restored_from is None:
        raise Refused(
            f"{branch.name} was not made from a snapshot, so there is nothing to finalize.",
            advice="Name the branch that preview_snapshot has made.",
        )
    if branch.restore_status == "finalized":
        raise Refused(
            f"The restore of {branch.name} has been finalized already.",
            advice="There is nothing to do. To go back, restore another snapshot.",
        )
    target_id = made.target.id if made else branch.restored_as
    target = next((other for other in branches if other.id == target_id), None)
    if target is None:
        raise Refused(
            f"The branch that {branch.name} was to replace is gone, or Neon does not name it.",
            advice="Restore the snapshot again, onto the branch that it is to replace now.",
        )
    # If another restore has replaced the target, the preview would get the target's new name.
    if made is None or made.target.name != target.name:
        _reject_replaced(target)
    snapshots = yield from read_snapshots(ctx, branches)
    found = next((one for one in snapshots if one.id == branch.restored_from), None)
    again = partial(_check_not_replaced, ctx, target)
    sent = endpoints.finalize_restore(ctx, branch.id, again)
    work = f"the finalizing of {branch.name} as {target.name}"
    witness = f"{branch.id} is named {target.name} if it was finalized"
    _, operations, after = yield from _carry_out(ctx, sent, target, work, witness)
    return _restored(ctx, found, branch.id, target.id, operations, after, work)


def _reject_replaced(target: Branch) -> None:
    if re.fullmatch(_REPLACED, target.name):
        raise Refused(
            f"{target.name} ({target.id}) is a branch that a restore from a snapshot has replaced.",
            advice="Name the branch that took its place, or give this one's id if you mean it.",
        )


def _check_not_replaced(ctx: CallContext, target: Branch) -> Flow[None]:
    """Check before a retry that Neon was not busy replacing the target."""
    branches = yield from endpoints.list_branches(ctx)
    now = next((branch for branch in branches if branch.id == target.id), None)
    if now is None or now.name != target.name:
        became = f"was renamed to {now.name}" if now else "was deleted"
        raise Refused(
            f"While the request waited for other work, {target.name} ({target.id}) {became}.",
            advice="Look at the project's branches, and restore onto the one that you mean.",
        )


def _carry_out(
    ctx: CallContext, sent: Flow[A], target: Branch, work: str, witness: str
) -> Flow[tuple[A, tuple[Operation, ...], tuple[Branch, ...]]]:
    """Send a request, wait, and return its answer, the operations and the branches after it."""
    changed = ""
    try:
        answer = yield from sent
        changed = f"Neon accepted {work} and goes on with it."
        operations = yield from wait_for_operations(ctx, answer.operations)
        changed = f"{work} has finished."
        return answer, operations, (yield from endpoints.list_branches(ctx))
    except NeonRestoreError as error:
        if changed:
            failed = isinstance(error, OperationFailed)
            error.changed = f"Neon did not finish {work}." if failed else changed
            error.advice = (
                "Look at the project's branches and operations before you restore again: Neon may "
                "have changed names and computes already."
            )
        elif error.changed != NOTHING:
            error.advice = (
                f"Wait a minute, then look at the project's branches: {witness}. Do not send "
                "it again before you have looked."
            )
        elif not isinstance(error, Refused):
            error.changed = f"{NOTHING} {target.name} is as it was."
        raise


def _present(branches: Sequence[Branch], branch_id: str, work: str) -> Branch:
    for branch in branches:
        if branch.id == branch_id:
            return branch
    raise UnexpectedAnswer(
        f"There is no branch {branch_id}: somebody may have deleted it since.",
        changed=f"{work} has finished.",
        advice="Look at the project's branches and operations in the Neon Console.",
    )


def _restored(
    ctx: CallContext,
    snapshot: Snapshot | None,
    branch_id: str,
    replaced_id: str,
    operations: tuple[Operation, ...],
    after: Sequence[Branch],
    work: str,
) -> SnapshotRestored:
    replaced = _present(after, replaced_id, work)
    return SnapshotRestored(
        where=ctx.where,
        project_id=ctx.project_id,
        snapshot=snapshot,
        branch=_present(after, branch_id, work),
        replaced=replaced,
        children=children(after, replaced),
        operations=operations,
    )
