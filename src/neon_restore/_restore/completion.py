"""Waits until Neon has finished a restore."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from msgspec.structs import replace

from neon_restore import _clock
from neon_restore._branches.lookup import check_same_project, children, find_backup
from neon_restore._errors import (
    TRANSIENT,
    NeonRestoreError,
    OperationFailed,
    StillRunning,
    UnexpectedAnswer,
)
from neon_restore._events import Finished
from neon_restore._http import endpoints
from neon_restore._http.context import CallContext
from neon_restore._http.flow import Flow
from neon_restore._http.operations import (
    CLOCK_TOLERANCE,
    find_operations,
    next_poll,
    wait_for_operations,
)
from neon_restore._models.api import Branch, Operation
from neon_restore._models.restores import PendingRestore, Restored
from neon_restore._restore import submit
from neon_restore._restore.protection import reprotect_after
from neon_restore._restore.rules import check_alone


def await_restore(ctx: CallContext, pending: PendingRestore) -> Flow[Restored]:
    """Wait for an accepted restore, and protect its branch again if it was unprotected for it."""
    check_same_project(ctx, pending)
    if pending.unprotect:
        return (yield from reprotect_after(ctx, pending, complete(ctx, pending)))
    return (yield from complete(ctx, pending))


def complete(ctx: CallContext, pending: PendingRestore) -> Flow[Restored]:
    """Wait until Neon has finished a restore, and return its result.

    It has finished when its operations have ended, its branch is at rest, and its backup is listed.
    """
    name, backup_name = pending.destination.name, pending.backup_name
    kept = f" The previous state goes to branch {backup_name}." if backup_name else ""
    changed = f"Neon accepted the restore of {name} and goes on with it.{kept}"
    try:
        if not _on(pending.operations, None, pending.destination.id):
            pending = yield from _find_operations(ctx, pending)
        own = _on(pending.operations, None, pending.destination.id)
        operations = yield from wait_for_operations(ctx, own)
        if operations:
            changed = f"the operations of the restore of {name} have ended.{kept}"
        seen = yield from _poll_branches(ctx, pending, until_at_rest=True, until_reset=not own)
        if seen.backup:
            on_backup = _on(pending.operations, seen.backup.id)
            operations += yield from wait_for_operations(ctx, on_backup)
        changed = f"the restore of {name} has finished.{kept}"
        listed = yield from endpoints.list_operations(ctx)
    except NeonRestoreError as error:
        error.pending = pending
        if isinstance(error, OperationFailed):
            error.changed = f"Neon did not finish: {name} may hold either state.{kept}"
        else:
            error.changed = changed
            if isinstance(error, TRANSIENT):
                error.advice = "Wait again, with wait(error.pending): Neon goes on by itself."
        raise
    # A restored child branch becomes a child of its backup branch; it did not move there.
    hanging = children(seen.branches, seen.backup) if seen.backup else ()
    moved = tuple(child for child in hanging if child.id != seen.destination.id)
    restored = Restored(
        intent=replace(pending, children=moved),
        destination=seen.destination,
        backup=seen.backup,
        operations=operations,
        duration=timedelta(milliseconds=sum(each.total_duration_ms for each in operations)),
    )
    ctx.emit(Finished(after=ctx.elapsed(), restored=restored))
    check_alone(restored, listed)
    return restored


class _Seen(NamedTuple):
    branches: Sequence[Branch]
    destination: Branch
    backup: Branch | None


def _poll_branches(
    ctx: CallContext, pending: PendingRestore, *, until_at_rest: bool, until_reset: bool = False
) -> Flow[_Seen]:
    """Poll the branches until the restored branch and its backup are listed.

    Also until the branch is at rest, and until it shows a reset: without operations, nothing else
    says that the restore has begun.
    """
    name, began = pending.destination.name, _clock.monotonic()
    while True:
        branches = yield from endpoints.list_branches(ctx)
        destination = next((b for b in branches if b.id == pending.destination.id), None)
        backup = find_backup(branches, pending.backup_name) if pending.backup_name else None
        missing = [] if destination else [name]
        missing += [pending.backup_name] if pending.backup_name and not backup else []
        if destination and not missing:
            was_reset = not until_reset or _was_reset(pending, destination, backup)
            if was_reset and (destination.is_at_rest or not until_at_rest):
                return _Seen(branches, destination, backup)
        if missing and _clock.monotonic() - began >= submit.DELIVERY_WINDOW:
            raise UnexpectedAnswer(
                f"There is no branch {missing[0]}: somebody may have renamed or deleted it since.",
                advice="Look at the project's branches and operations in the Neon Console.",
            )
        if ctx.remaining() <= 0:
            raise StillRunning(
                f"{name} was not listed as ready, with its backup, after {ctx.timeout:g} s.",
                advice="Look at the project's operations: Neon goes on by itself.",
            )
        yield next_poll(ctx, began)


def _find_operations(ctx: CallContext, pending: PendingRestore) -> Flow[PendingRestore]:
    """Add the operations to a restore whose response was lost or went to another process."""
    seen = yield from _poll_branches(ctx, pending, until_at_rest=False)
    made_at = pending.reset_at or pending.planned_at
    ids = {seen.destination.id}
    if seen.backup:
        made_at = seen.backup.created_at
        ids.add(seen.backup.id)
    # Once the branch is at rest, later operations on it are no part of the restore.
    until = made_at if seen.destination.is_at_rest else None
    mine = yield from find_operations(ctx, ids, made_at, until)
    return replace(pending, operations=mine, reset_at=pending.reset_at or made_at)


def _was_reset(pending: PendingRestore, branch: Branch, backup: Branch | None) -> bool:
    """Return whether `last_reset_at` of a branch shows the restore."""
    reset_at = branch.last_reset_at
    if backup is None:
        return reset_at != pending.destination.last_reset_at
    return reset_at is not None and reset_at >= backup.created_at - CLOCK_TOLERANCE


def _on(operations: Sequence[Operation], *branch_ids: str | None) -> tuple[Operation, ...]:
    return tuple(operation for operation in operations if operation.branch_id in branch_ids)
