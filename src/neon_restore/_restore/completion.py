"""Waits until Neon has finished a restore."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from neon_restore._branches.lookup import children, find_backup
from neon_restore._errors import (
    Locked,
    NeonRestoreError,
    NoAnswer,
    OperationFailed,
    RateLimited,
    StillRunning,
    Unavailable,
    UnexpectedAnswer,
)
from neon_restore._events import Finished
from neon_restore._http import endpoints
from neon_restore._http.flow import Flow, Sleep
from neon_restore._http.operations import FIRST_POLL, MAX_POLL, wait_for_operations
from neon_restore._models.restores import PendingRestore, Restored
from neon_restore._restore.protection import reprotect_after
from neon_restore._restore.request import check_same_project
from neon_restore._restore.rules import (
    CLOCK_TOLERANCE,
    check_not_overwritten,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neon_restore._http.context import CallContext
    from neon_restore._models.api import Branch, Operation

TRANSIENT = (NoAnswer, Unavailable, Locked, RateLimited, StillRunning)


def await_restore(ctx: CallContext, pending: PendingRestore) -> Flow[Restored]:
    """Wait for an accepted restore, and protect its branch again if it was unprotected for it."""
    check_same_project(ctx, pending)
    if pending.unprotect:
        return (yield from reprotect_after(ctx, pending, complete(ctx, pending)))
    return (yield from complete(ctx, pending))


def complete(ctx: CallContext, pending: PendingRestore) -> Flow[Restored]:
    """Wait for the operations of a restore, and return its result."""
    name, backup = pending.destination.name, pending.backup_name
    kept = f" The previous state goes to branch {backup}." if backup else ""
    changed = f"Neon accepted the restore of {name} and goes on with it.{kept}"
    try:
        if not pending.operations:
            pending = yield from _find_operations(ctx, pending)
        operations = yield from wait_for_operations(ctx, pending.operations)
        changed = f"the restore of {name} has finished.{kept}"
        branches = yield from endpoints.list_branches(ctx)
    except NeonRestoreError as error:
        error.pending = pending
        if isinstance(error, OperationFailed):
            error.changed = f"Neon did not finish: {name} may hold either state.{kept}"
        else:
            error.changed = changed
            if isinstance(error, TRANSIENT):
                error.advice = "Wait again, with wait(error.pending): Neon goes on by itself."
        raise
    restored = _result(pending, operations, branches)
    ctx.emit(Finished(after=ctx.elapsed(), restored=restored))
    return restored


def _find_operations(ctx: CallContext, pending: PendingRestore) -> Flow[PendingRestore]:
    """Add the operations to a restore whose response was lost or went to another process."""
    branches = yield from endpoints.list_branches(ctx)
    destination = next((b for b in branches if b.id == pending.destination.id), None)
    backup = find_backup(branches, pending.backup_name) if pending.backup_name else None
    if destination is None or backup is None:
        return pending
    made_at, on = backup.created_at, {destination.id, backup.id}
    found = yield from endpoints.list_operations(ctx, made_at - CLOCK_TOLERANCE)
    mine = tuple(
        operation
        for operation in reversed(found)
        if operation.branch_id in on
        and made_at - CLOCK_TOLERANCE <= operation.created_at <= made_at + CLOCK_TOLERANCE
    )
    if not mine:
        yield from _wait_until_ready(ctx, destination)
    return replace(pending, operations=mine, reset_at=made_at)


def _wait_until_ready(ctx: CallContext, branch: Branch) -> Flow[None]:
    """Poll a branch until it is ready, for restores whose operations are not found."""
    found, pause = branch, FIRST_POLL
    while found.current_state != "ready" or found.pending_state:
        if ctx.remaining() <= 0:
            raise StillRunning(
                f"{found.name} was still {found.current_state} after {ctx.timeout:g} s.",
                advice="Look at the project's operations: Neon goes on by itself.",
            )
        yield Sleep(min(pause, max(ctx.remaining(), FIRST_POLL)))
        pause = min(pause * 1.5, MAX_POLL)
        found = yield from endpoints.get_branch(ctx, branch.id)


def _result(
    pending: PendingRestore, operations: tuple[Operation, ...], branches: Sequence[Branch]
) -> Restored:
    destination = next((b for b in branches if b.id == pending.destination.id), None)
    backup = next((b for b in branches if b.name == pending.backup_name), None)
    if destination is None or (pending.backup_name and backup is None):
        missing = pending.backup_name if destination else pending.destination.name
        error = UnexpectedAnswer(
            f"There is no branch {missing}: somebody may have renamed or deleted it since.",
            changed=f"the restore of {pending.destination.name} has finished.",
            advice="Look at the project's branches and operations in the Neon Console.",
        )
        error.pending = pending
        raise error
    check_not_overwritten(pending, destination)
    # A restored child branch becomes a child of its backup branch; it did not move there.
    hanging = children(branches, backup) if backup else ()
    moved = tuple(child for child in hanging if child.id != destination.id)
    took = sum(operation.total_duration_ms for operation in operations)
    return Restored(
        intent=replace(pending, children=moved),
        destination=destination,
        backup=backup,
        operations=operations,
        duration=timedelta(milliseconds=took),
    )
