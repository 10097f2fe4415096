"""Restores a branch: validates, checks, submits and waits."""

from typing import TypeVar

from neon_restore._errors import NeonRestoreError
from neon_restore._events import Accepted
from neon_restore._http import endpoints
from neon_restore._http.context import CallContext
from neon_restore._http.flow import Flow
from neon_restore._models.restores import PendingRestore, Restored, ValidatedRestore
from neon_restore._restore.completion import complete
from neon_restore._restore.plan import validate
from neon_restore._restore.protection import run_unprotected
from neon_restore._restore.request import RestoreRequest
from neon_restore._restore.rules import check_unchanged
from neon_restore._restore.submit import how_to_resume, submit
from neon_restore._restore.verify import Checks, check_after, check_before

T = TypeVar("T")


def restore(
    ctx: CallContext, request: RestoreRequest, verify: Checks | None = None
) -> Flow[Restored]:
    """Validate the restore, submit it and wait, with the checks in `verify` before and after."""
    intent = yield from validate(ctx, request)
    if verify:
        yield from check_before(ctx, intent, verify)
        # Checks may be slow, and the project may have changed meanwhile.
        branches = yield from endpoints.list_branches(ctx)
        check_unchanged(intent, branches, "the restore was checked")
    restored = yield from _carry_out(ctx, intent, _submit_and_complete(ctx, intent))
    if verify:
        yield from check_after(ctx, restored, verify)
    return restored


def begin(ctx: CallContext, request: RestoreRequest) -> Flow[PendingRestore]:
    """Validate the restore, and submit it until Neon accepts it."""
    intent = yield from validate(ctx, request)
    return (yield from _carry_out(ctx, intent, _submit(ctx, intent)))


def _submit(ctx: CallContext, intent: ValidatedRestore) -> Flow[PendingRestore]:
    pending = yield from submit(ctx, intent)
    ctx.emit(Accepted(after=ctx.elapsed(), pending=pending))
    return pending


def _submit_and_complete(ctx: CallContext, intent: ValidatedRestore) -> Flow[Restored]:
    return (yield from complete(ctx, (yield from _submit(ctx, intent))))


def _carry_out(ctx: CallContext, intent: ValidatedRestore, work: Flow[T]) -> Flow[T]:
    """Run the restore, unprotected if requested; add a note on how to resume to interruptions."""
    try:
        return (yield from run_unprotected(ctx, intent, work) if intent.unprotect else work)
    except (NeonRestoreError, GeneratorExit):
        raise
    except BaseException as interruption:
        interruption.add_note(
            f"{intent.destination.name} may be under restore. {how_to_resume(intent)}"
        )
        raise
