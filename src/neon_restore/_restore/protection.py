"""Removes the protection of a branch for a restore, and sets it again."""

from collections.abc import Sequence
from typing import TypeVar

from msgspec.structs import replace

from neon_restore import _clock
from neon_restore._errors import LeftUnprotected, NeonRestoreError, OutcomeUnknown
from neon_restore._events import ProtectionChanged
from neon_restore._http import endpoints
from neon_restore._http.context import CallContext
from neon_restore._http.flow import Flow, Sleep
from neon_restore._models.api import Branch
from neon_restore._models.restores import PendingRestore, Restored, RestoreIntent
from neon_restore._restore.rules import check_not_overwritten
from neon_restore._restore.submit import DELIVERY_WINDOW, to_pending

T = TypeVar("T")

EXTRA_TIME = 118.0
"""Seconds for protecting a branch again, past the deadline too: Neon may be busy.

The last request and the read after it can take a second more each: 120 s altogether.
"""
PAUSE = 5.0


def run_unprotected(ctx: CallContext, intent: RestoreIntent, work: Flow[T]) -> Flow[T]:
    """Run a flow while a branch is unprotected, then protect the branch again.

    If the flow returns a pending restore, the branch stays unprotected.
    """
    lost: list[float] = []
    try:
        yield from _unprotect(ctx, intent.destination, lost)
    except GeneratorExit:
        raise
    except BaseException as fault:
        if lost or not (yield from _is_protected(ctx, intent.destination)):
            yield from _protect(ctx, intent, lost, fault)
        raise
    return (yield from reprotect_after(ctx, intent, work, lost))


def reprotect_after(
    ctx: CallContext, intent: RestoreIntent, work: Flow[T], lost: Sequence[float] = ()
) -> Flow[T]:
    """Run a flow, then protect its branch again, also if the flow raises.

    An interruption propagates after the branch is protected. `lost` has the times when responses
    to requests that remove the protection were lost.
    """
    try:
        result = yield from work
    except GeneratorExit:
        raise
    except BaseException as fault:
        yield from _protect(ctx, intent, lost, fault)
        raise
    if isinstance(result, Restored):
        # The result has the branch as it is now: protected.
        branch = yield from _protect(ctx, intent, lost, None)
        check_not_overwritten(result.intent, branch, result.destination.last_reset_at)
        return replace(result, destination=branch)
    return result


def _unprotect(ctx: CallContext, branch: Branch, lost: list[float]) -> Flow[None]:
    while True:
        try:
            found = yield from endpoints.protect_branch(ctx, branch.id, protected=False)
        except (NeonRestoreError, GeneratorExit) as error:
            if not isinstance(error, OutcomeUnknown):
                raise
            lost.append(_clock.monotonic())
            found = yield from endpoints.get_branch(ctx, branch.id)
        except BaseException:
            lost.append(_clock.monotonic())
            raise
        if not found.protected:
            break
        yield Sleep(PAUSE)
    ctx.emit(ProtectionChanged(after=ctx.elapsed(), branch=branch, protected=False))


def _is_protected(ctx: CallContext, branch: Branch) -> Flow[bool]:
    """Return whether the branch is protected despite `_unprotect`; True if that is unknown."""
    try:
        return (yield from endpoints.get_branch(ctx, branch.id)).protected
    except NeonRestoreError:
        return True


def _protect(
    ctx: CallContext, intent: RestoreIntent, lost: Sequence[float], fault: BaseException | None
) -> Flow[Branch]:
    branch = intent.destination
    interruption: BaseException | None = None
    ctx.extend_deadline(EXTRA_TIME)
    # A request that removes the protection may still be in transit, and arrive after this one.
    settled = max(lost, default=-DELIVERY_WINDOW) + DELIVERY_WINDOW
    while True:
        try:
            yield from endpoints.protect_branch(ctx, branch.id, protected=True)
            found = yield from endpoints.get_branch(ctx, branch.id)
            if _clock.monotonic() >= settled:
                break
            yield Sleep(PAUSE)
        except Exception as error:
            why = str(error.args[0]) if error.args else type(error).__name__
            raise _left_unprotected(intent, fault, why) from (fault or error)
        except GeneratorExit:
            raise
        except BaseException as another:
            interruption = another
    if not found.protected:
        raise _left_unprotected(intent, fault, "Neon says that it is not.") from fault
    ctx.emit(ProtectionChanged(after=ctx.elapsed(), branch=branch, protected=True))
    if interruption is not None and fault is None:
        raise interruption
    return found


def _left_unprotected(
    intent: RestoreIntent, fault: BaseException | None, why: str
) -> LeftUnprotected:
    name = intent.destination.name
    pending: PendingRestore | None = to_pending(intent)
    happened = "the restore has finished."
    if isinstance(fault, NeonRestoreError):
        happened, pending = fault.changed, fault.pending
    elif fault is not None:
        happened = "unknown: the restore was interrupted, and may be under way."
    error = LeftUnprotected(
        f"{name} could not be protected again: {why}",
        changed=f"{happened} {name} is not protected.",
        advice=f"Protect {name} in the Neon Console, or with resume({name!r}, protect=True).",
    )
    error.pending = pending
    return error
