"""Protected branches: open for a restore, and protected again after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from . import _api, _clock
from ._errors import LeftUnprotected, NeonRestoreError, OutcomeUnknown
from ._flow import Pause
from ._progress import ProtectionChanged
from ._results import Restored
from ._rules import check_not_again
from ._start import QUIET, pending_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._flow import Flow, Run
    from ._models import Branch
    from ._results import Intent, PendingRestore

T = TypeVar("T")

TIME_TO_PROTECT = 120.0
"""Seconds that protecting a branch again gets past the deadline, since Neon may be busy."""
PAUSE = 5.0


def unprotected(run: Run, intent: Intent, work: Flow[T]) -> Flow[T]:
    """Run a flow with a branch's protection off.

    What it leaves for later, a restore that is not waited for, keeps it off.
    """
    lost: list[float] = []
    try:
        yield from _open(run, intent.destination, lost)
    except GeneratorExit:
        raise
    except BaseException as fault:
        if lost or not (yield from _is_protected(run, intent.destination)):
            yield from _protect(run, intent, lost, fault)
        raise
    return (yield from protected_again(run, intent, work, lost))


def protected_again(run: Run, intent: Intent, work: Flow[T], lost: Sequence[float] = ()) -> Flow[T]:
    """Run a flow, and protect a branch whatever becomes of it.

    An interruption waits until the branch is protected. `lost` is when the answers to requests
    that take the protection off were lost.

    Raises:
        LeftUnprotected: The branch could not be protected.

    """
    try:
        result = yield from work
    except GeneratorExit:
        raise
    except BaseException as fault:
        yield from _protect(run, intent, lost, fault)
        raise
    if isinstance(result, Restored):
        # As it is now: protected.
        branch = yield from _protect(run, intent, lost, None)
        check_not_again(result.intent, branch)
        return replace(result, destination=branch)
    return result


def _open(run: Run, branch: Branch, lost: list[float]) -> Flow[None]:
    while True:
        try:
            found = yield from _api.protect_branch(run, branch.id, protected=False)
        except (NeonRestoreError, GeneratorExit) as error:
            if not isinstance(error, OutcomeUnknown):
                raise
            lost.append(_clock.monotonic())
            found = yield from _api.get_branch(run, branch.id)
        except BaseException:
            lost.append(_clock.monotonic())
            raise
        if not found.protected:
            break
        yield Pause(PAUSE)
    run.tell(ProtectionChanged(after=run.elapsed(), branch=branch, protected=False))


def _is_protected(run: Run, branch: Branch) -> Flow[bool]:
    """Whether it still is, after a request that takes the protection off was refused."""
    try:
        return (yield from _api.get_branch(run, branch.id)).protected
    except NeonRestoreError:
        return True


def _protect(
    run: Run, intent: Intent, lost: Sequence[float], fault: BaseException | None
) -> Flow[Branch]:
    branch = intent.destination
    interruption: BaseException | None = None
    run.extend(TIME_TO_PROTECT)
    # A request that takes the protection off may still be on its way, and come after this one.
    settled = max(lost, default=-QUIET) + QUIET
    while True:
        try:
            yield from _api.protect_branch(run, branch.id, protected=True)
            found = yield from _api.get_branch(run, branch.id)
            if _clock.monotonic() >= settled:
                break
            yield Pause(PAUSE)
        except Exception as error:
            why = str(error.args[0]) if error.args else type(error).__name__
            raise _left(intent, fault, why) from (fault or error)
        except GeneratorExit:
            raise
        except BaseException as another:
            interruption = another
    if not found.protected:
        raise _left(intent, fault, "Neon says that it is not.") from fault
    run.tell(ProtectionChanged(after=run.elapsed(), branch=branch, protected=True))
    if interruption is not None and fault is None:
        raise interruption
    return found


def _left(intent: Intent, fault: BaseException | None, why: str) -> LeftUnprotected:
    name = intent.destination.name
    pending: PendingRestore | None = pending_of(intent)
    happened = "the restore has finished."
    if isinstance(fault, NeonRestoreError):
        happened, pending = fault.changed, fault.pending
    elif fault is not None:
        happened = "unknown: the restore was interrupted, and may be under way."
    error = LeftUnprotected(
        f"{name} could not be protected again: {why}",
        changed=f"{happened} {name} is not protected.",
        advice=f"Protect {name} in the Neon Console, or call resume({name!r}, protect=True).",
    )
    error.pending = pending
    return error
