"""Having Neon accept a restore once, whatever becomes of its answers.

The call is not idempotent, and an answer can be lost after the work was done. The backup branch
is the witness: no two restores share its name, Neon makes it when it accepts the restore, and
refuses a second restore under the same name. Three assumptions about Neon are in that:

- the backup branch is listed from the moment at which the restore is accepted,
- a restore whose backup name is taken is refused, and changes nothing,
- `last_reset_at` of a branch changes with each restore, and lies within seconds of the time at
  which its backup branch was created.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _api, _clock
from ._errors import (
    NOTHING,
    NeonRestoreError,
    NoAnswer,
    NotAuthorized,
    NotFound,
    OutcomeUnknown,
)
from ._flow import Pause
from ._lookup import made_by_us
from ._models import RestoreAnswer
from ._progress import AnswerLost, SendingAgain
from ._results import PendingRestore
from ._rules import check_unchanged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ._flow import Flow, Run
    from ._models import Branch
    from ._results import Checked, Intent

QUIET = 30.0
"""Seconds for which the branches are watched after an answer was lost.

The request may still be on its way: Neon has been measured to take 6.7 s to accept a restore.
"""
FIRST_LOOK, LONGEST_LOOK = 0.5, 5.0


class _HappenedError(Exception):
    """The restore was carried out, though no answer says so."""


def start(run: Run, intent: Checked) -> Flow[PendingRestore]:
    """Send a restore until Neon has accepted it.

    Its operations are not known where the answer that names them was lost.

    Raises:
        OutcomeUnknown: An answer was lost, and what became of the request cannot be told.

    """
    lost: OutcomeUnknown | None = None
    while True:
        try:
            answer = yield from _send(run, intent, lost)
        except _HappenedError:
            return pending_of(intent)
        if isinstance(answer, RestoreAnswer):
            return pending_of(intent, answer)
        lost = answer
        if intent.backup_name is None:
            raise _cannot_tell(intent, lost, "Nothing would tell one execution from two.")
        reason, name = str(lost.args[0]), intent.backup_name
        run.tell(AnswerLost(after=run.elapsed(), reason=reason, backup_name=name))
        if (yield from _find_out(run, intent, lost)):
            return pending_of(intent)
        run.tell(SendingAgain(after=run.elapsed(), branch=intent.destination))


def _send(
    run: Run, intent: Checked, lost: OutcomeUnknown | None
) -> Flow[RestoreAnswer | OutcomeUnknown]:
    """Send it once, and again where nothing was done; an answer that is lost is returned."""

    def look() -> Flow[None]:
        try:
            branches = yield from _api.list_branches(run)
        except NeonRestoreError as unseen:
            # The request may have been delivered twice, and this was the answer to the second.
            cannot = f"Whether the restore was carried out could not be seen. {unseen.args[0]}"
            raise _unknown(intent, cannot) from unseen
        if _happened(intent, branches, lost):
            raise _HappenedError

    try:
        return (
            yield from _api.restore_branch(
                run, intent.destination.id, intent.source.id, intent.point, intent.backup_name, look
            )
        )
    except OutcomeUnknown as error:
        if error.pending is not None:
            raise  # it was looked into already
        return error
    except NeonRestoreError as error:
        if lost is not None:
            failed = f"Another attempt failed: {error.args[0]}"
            raise _cannot_tell(intent, lost, failed) from error
        error.changed = f"{NOTHING} {intent.destination.name} is as it was."
        raise


def _find_out(run: Run, intent: Checked, lost: OutcomeUnknown) -> Flow[bool]:
    try:
        return (yield from watch(run, lambda branches: _happened(intent, branches, lost)))
    except OutcomeUnknown:
        raise
    except NeonRestoreError as error:
        raise _cannot_tell(intent, lost, str(error.args[0])) from error


def _happened(intent: Checked, branches: Sequence[Branch], lost: OutcomeUnknown | None) -> bool:
    """Whether the restore was carried out; if it was not, it may be sent.

    Raises:
        OutcomeUnknown: There is a branch of the chosen name that somebody else may have made, or
            the branch was restored and nothing tells by whom.
        PlanOutdated: The project is not what it was when the restore was checked.

    """
    name = intent.backup_name
    if name is not None and witness(branches, name):
        if lost or made_by_us(name, intent.destination.name):
            return True
        raise _unknown(intent, f"There is a branch named {name} now, which was not there before.")
    try:
        check_unchanged(intent, branches, "the restore was checked")
    except NeonRestoreError as change:
        if lost:
            raise _cannot_tell(intent, lost, str(change.args[0])) from change
        if name is None:
            raise _unknown(intent, f"{change.args[0]} Perhaps it was this restore.") from change
        raise
    return False


def watch(run: Run, happened: Callable[[Sequence[Branch]], bool]) -> Flow[bool]:
    """Look at the branches until they tell that something happened, for `QUIET` seconds at most.

    Raises:
        NoAnswer: The deadline passed sooner.
        NeonRestoreError: Neon does not show the branches.

    """
    began, pause = _clock.monotonic(), FIRST_LOOK
    while True:
        over = _clock.monotonic() - began >= QUIET
        try:
            branches = yield from _api.list_branches(run)
        except (NotAuthorized, NotFound):
            raise
        except NeonRestoreError:
            if run.remaining() <= 0:
                raise
        else:
            if happened(branches):
                return True
            if over:
                return False
            if run.remaining() <= 0:
                raise NoAnswer(
                    f"The deadline of {run.timeout:g} s passed before the restore was seen.",
                    advice="Look again later: the request may still be on its way.",
                )
        yield Pause(min(pause * _clock.jitter(), max(run.remaining(), 0.0)))
        pause = min(pause * 1.5, LONGEST_LOOK)


def witness(branches: Sequence[Branch], name: str) -> Branch | None:
    """The branch of the name that was chosen for the backup."""
    return next((branch for branch in branches if branch.name == name), None)


def _cannot_tell(intent: Intent, lost: OutcomeUnknown, seen: str) -> OutcomeUnknown:
    error = _unknown(intent, f"{lost.args[0]} {seen}")
    error.status, error.neon_message = lost.status, lost.neon_message
    error.request_id = lost.request_id
    return error


def _unknown(intent: Intent, what: str) -> OutcomeUnknown:
    error = OutcomeUnknown(
        what,
        changed=f"unknown: {intent.destination.name} may have been restored, once at most.",
        advice=_how_to_look(intent),
    )
    error.pending = pending_of(intent)
    return error


def how_to_resume(intent: Intent) -> str:
    """How another process finds out what became of a restore."""
    if intent.backup_name is None:
        return "Look when it was last reset: it kept no backup that would tell."
    return f"Call resume({intent.destination.name!r}, backup_name={intent.backup_name!r})."


def _how_to_look(intent: Intent) -> str:
    if intent.backup_name is None:
        return (
            f"Look when {intent.destination.name} was last reset before you repeat anything: "
            "without a backup branch nothing else tells."
        )
    return (
        f"Look for a branch named {intent.backup_name}: it is there if the restore was carried "
        f"out. {how_to_resume(intent)} It looks and waits. Do not restore again before."
    )


def pending_of(intent: Intent, answer: RestoreAnswer | None = None) -> PendingRestore:
    """The restore as one that Neon may be at work on."""
    return PendingRestore(
        where=intent.where,
        project_id=intent.project_id,
        destination=intent.destination,
        source=intent.source,
        point=intent.point,
        backup_name=intent.backup_name,
        children=intent.children,
        planned_at=intent.planned_at,
        unprotect=intent.unprotect,
        operations=answer.operations if answer else (),
        reset_at=answer.branch.last_reset_at if answer else None,
    )
