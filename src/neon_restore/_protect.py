"""Protected branches: open for a restore, and protected again after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from . import _api
from ._errors import LeftUnprotected, NeonRestoreError
from ._progress import ProtectionChanged
from ._results import PendingRestore

if TYPE_CHECKING:
    from ._flow import Flow, Run
    from ._models import Branch

T = TypeVar("T")

TIME_TO_PROTECT = 120.0
"""Seconds that protecting a branch again gets past the deadline, since Neon may be busy."""


def unprotected(run: Run, branch: Branch, work: Flow[T]) -> Flow[T]:
    """Run a flow with a branch's protection off.

    What it leaves for later, a restore that is not waited for, keeps it off.
    """

    def opened() -> Flow[T]:
        yield from _api.protect_branch(run, branch.id, protected=False)
        run.tell(ProtectionChanged(after=run.elapsed(), branch=branch, protected=False))
        return (yield from work)

    return protected_again(run, branch, opened())


def protected_again(run: Run, branch: Branch, work: Flow[T]) -> Flow[T]:
    """Run a flow, and protect a branch whatever becomes of it.

    An interruption waits until the branch is protected.

    Raises:
        LeftUnprotected: The branch could not be protected.

    """
    try:
        result = yield from work
    except GeneratorExit:
        raise
    except BaseException as fault:
        yield from _protect(run, branch, fault)
        raise
    if not isinstance(result, PendingRestore):
        yield from _protect(run, branch, None)
    return result


def _protect(run: Run, branch: Branch, fault: BaseException | None) -> Flow[None]:
    interruption: BaseException | None = None
    run.extend(TIME_TO_PROTECT)
    while True:
        try:
            yield from _api.protect_branch(run, branch.id, protected=True)
            protected = (yield from _api.get_branch(run, branch.id)).protected
        except NeonRestoreError as error:
            raise _left(branch, fault, str(error.args[0])) from (fault or error)
        except GeneratorExit:
            raise
        except BaseException as another:
            interruption = another
        else:
            break
    if not protected:
        raise _left(branch, fault, "Neon says that it is not.") from fault
    run.tell(ProtectionChanged(after=run.elapsed(), branch=branch, protected=True))
    if interruption is not None and fault is None:
        raise interruption


def _left(branch: Branch, fault: BaseException | None, why: str) -> LeftUnprotected:
    happened = "the restore has finished."
    if isinstance(fault, NeonRestoreError):
        happened = fault.changed
    elif fault is not None:
        happened = "the restore was interrupted, and may be under way."
    error = LeftUnprotected(
        f"{branch.name} could not be protected again: {why}",
        changed=f"{happened} {branch.name} is not protected.",
        advice=f"Protect {branch.name} in the Neon Console, or call "
        f"resume({branch.name!r}, protect=True).",
    )
    error.pending = getattr(fault, "pending", None)
    return error
