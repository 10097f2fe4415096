"""Restoring a branch: check, plan, start, wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_restore._errors import (
    NeonRestoreError,
    Refused,
)
from neon_restore._events import Accepted
from neon_restore._http import endpoints
from neon_restore._models.restores import PendingRestore, Restored, ValidatedRestore
from neon_restore._restore.completion import complete
from neon_restore._restore.plan import validate
from neon_restore._restore.protection import run_unprotected
from neon_restore._restore.rules import (
    check_unchanged,
)
from neon_restore._restore.submit import how_to_resume, submit
from neon_restore._restore.verify import Checks, check_after, check_before

if TYPE_CHECKING:
    from neon_restore._http.context import CallContext
    from neon_restore._http.flow import Flow
    from neon_restore._restore.request import RestoreRequest


def restore(
    ctx: CallContext, request: RestoreRequest, *, wait: bool, verify: Checks | None = None
) -> Flow[Restored | PendingRestore]:
    """Check the restore and have it accepted, and wait if asked to."""
    if verify and not wait:
        raise Refused(
            "Checks were given for a restore that is not waited for.",
            advice="Leave wait=False out, or make the checks yourself.",
        )
    intent = yield from validate(ctx, request)
    if verify:
        yield from check_before(ctx, intent, verify)
        # Checks may take their time, and others work meanwhile.
        branches = yield from endpoints.list_branches(ctx)
        check_unchanged(intent, branches, "the restore was checked")
    try:
        work = _carry_out(ctx, intent, wait)
        if intent.unprotect:
            work = run_unprotected(ctx, intent, work)
        restored = yield from work
    except (NeonRestoreError, GeneratorExit):
        raise
    except BaseException as interruption:
        interruption.add_note(
            f"{intent.destination.name} may be under restore. {how_to_resume(intent)}"
        )
        raise
    if verify and isinstance(restored, Restored):
        yield from check_after(ctx, restored, verify)
    return restored


def _carry_out(
    ctx: CallContext, intent: ValidatedRestore, wait: bool
) -> Flow[Restored | PendingRestore]:
    pending = yield from submit(ctx, intent)
    ctx.emit(Accepted(after=ctx.elapsed(), pending=pending))
    return (yield from complete(ctx, pending)) if wait else pending
