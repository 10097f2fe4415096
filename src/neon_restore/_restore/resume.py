"""Resumes a restore that another process began, or that an error left pending."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from msgspec.structs import replace

from neon_restore._branches.lookup import (
    check_same_project,
    children,
    find_backup,
    find_branch,
)
from neon_restore._errors import (
    NeonRestoreError,
    NotAuthorized,
    NotFound,
    OutcomeUnknown,
    Refused,
    UnknownName,
    explain,
)
from neon_restore._http import endpoints
from neon_restore._http.context import CallContext
from neon_restore._http.flow import Flow
from neon_restore._http.operations import CLOCK_TOLERANCE
from neon_restore._models.api import Branch
from neon_restore._models.backups import AnyBranch, as_backup
from neon_restore._models.points import rfc3339
from neon_restore._models.restores import PendingRestore, Restored, RestoreIntent
from neon_restore._models.text import duration
from neon_restore._restore.completion import await_restore, complete
from neon_restore._restore.protection import reprotect_after
from neon_restore._restore.submit import poll_branches, to_pending

MAX_BACKUP_AGE = timedelta(minutes=15)
"""The maximum age of the newest backup for `resume` to take it as that of the latest restore."""


def wait(ctx: CallContext, pending: PendingRestore | Restored) -> Flow[Restored]:
    """Wait for an accepted restore, or look first for one whose response was lost."""
    if isinstance(pending, Restored):
        check_same_project(ctx, pending.intent)
        return pending
    known = bool(pending.operations or pending.reset_at)
    return (yield from await_restore(ctx, pending) if known else resume(ctx, pending, None, False))


def resume(
    ctx: CallContext,
    begun: AnyBranch | RestoreIntent | Restored,
    backup_name: str | None,
    protect: bool,
) -> Flow[Restored]:
    """Look for a restore, wait for it, and protect its branch again if requested."""
    if isinstance(begun, Restored):
        begun = begun.intent
    if isinstance(begun, RestoreIntent):
        if protect or backup_name is not None:
            raise Refused(
                "A plan or a restore was given together with other arguments.",
                advice="Give it alone, or the name of its branch with backup_name=.",
            )
        check_same_project(ctx, begun)
        pending = to_pending(begun)
        found = _resume_pending(ctx, pending)
    else:
        with explain(changed="unknown: whether a restore was carried out was not seen."):
            branches = yield from endpoints.list_branches(ctx)
        pending = PendingRestore(
            where=ctx.where,
            project_id=ctx.project_id,
            destination=find_branch(branches, begun),
            source=None,
            point=None,
            backup_name=backup_name,
            children=(),
            planned_at=ctx.server_now().replace(microsecond=0),
            unprotect=protect,
        )
        found = _resume_pending(ctx, pending, branches)
    if pending.unprotect:
        found = reprotect_after(ctx, pending, found)
    return (yield from found)


def _newest_backup(ctx: CallContext, branch: str, branches: Sequence[Branch]) -> str:
    """Return the name of the newest backup of a branch, by its creation."""
    backups = [as_backup(found, children(branches, found)) for found in branches]
    dated = {b.created_at: b.name for b in backups if b and b.of == branch}
    advice = "If you chose the name of the backup, give it: backup_name=..."
    if not dated:
        raise UnknownName(f"No backup of {branch} was found by its name.", advice=advice)
    newest = max(dated)
    age = ctx.server_now().replace(microsecond=0) - newest
    if age > MAX_BACKUP_AGE:
        raise UnknownName(
            f"The newest backup of {branch} is {dated[newest]}, {duration(age)} old: nothing shows "
            "a restore since.",
            advice=advice,
        )
    return dated[newest]


def _resume_pending(
    ctx: CallContext, pending: PendingRestore, branches: Sequence[Branch] | None = None
) -> Flow[Restored]:
    """Look for a restore, and wait for it; without its backup's name, the newest backup counts."""
    if branches is not None and pending.backup_name is None:
        name = _newest_backup(ctx, pending.destination.name, branches)
        pending = replace(pending, backup_name=name)
    name, backup = pending.destination.name, pending.backup_name
    try:
        was_applied = partial(_was_applied, pending)
        happened = yield from poll_branches(ctx, was_applied, OutcomeUnknown)
    except NeonRestoreError as error:
        if isinstance(error, OutcomeUnknown):
            raise
        error.changed = f"unknown: {name} may have been restored."
        error.pending = pending
        if not isinstance(error, NotAuthorized | NotFound):
            error.advice = "Call resume again: it is not known yet whether it was."
        raise
    if happened:
        return (yield from complete(ctx, pending))
    missing = f"There is no branch named {backup}" if backup else f"{name} was not reset"
    raise UnknownName(
        f"{missing}: nothing shows that the restore was carried out.",
        advice="Make a new plan, read it, and restore again.",
    )


def _was_applied(pending: PendingRestore, branches: Sequence[Branch]) -> bool:
    """Return whether the branches show that the restore was carried out.

    Raises:
        OutcomeUnknown: The branch was reset, and no backup branch shows that it was this restore.
    """
    before = pending.destination
    now = next((branch for branch in branches if branch.id == before.id), None)
    backup = find_backup(branches, pending.backup_name) if pending.backup_name else None
    reset_at = now.last_reset_at if now else None
    if backup and reset_at and reset_at >= backup.created_at - CLOCK_TOLERANCE:
        return True
    if pending.source is None or (now and reset_at == before.last_reset_at):
        return False
    when = f"was restored or reset at {rfc3339(reset_at)}" if reset_at else "is gone"
    error = OutcomeUnknown(
        f"{before.name} {when}, and nothing shows that it was by this restore.",
        changed=f"unknown: {before.name} may have been restored, once at most.",
        advice="Ask who else restores, and look at the data before you restore again.",
    )
    error.pending = pending
    raise error
