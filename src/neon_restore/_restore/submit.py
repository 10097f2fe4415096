"""Submits a restore so that Neon carries it out only once, even if responses are lost.

The request is not idempotent, and a response can be lost after Neon carried it out. The backup
branch is the evidence: no two restores share its name. Neon creates it when it accepts the
restore, and rejects a second restore with the same name. This relies on these assumptions:

- Neon lists the backup branch within `DELIVERY_WINDOW` after it accepts the restore,
- Neon rejects a restore whose backup name is taken, and changes nothing,
- each restore changes `last_reset_at` of the branch, to within seconds of the creation of its
  backup branch, and has an operation `create_branch` on the branch.
"""

from collections.abc import Callable, Sequence
from functools import partial

from neon_restore import _clock
from neon_restore._branches.lookup import find_backup
from neon_restore._errors import (
    NOTHING,
    DeadlinePassed,
    NeonRestoreError,
    NotAuthorized,
    NotFound,
    OutcomeUnknown,
    PlanOutdated,
)
from neon_restore._events import AnswerLost, Resending
from neon_restore._http import endpoints
from neon_restore._http.context import CallContext
from neon_restore._http.flow import Flow, Sleep
from neon_restore._models.api import Branch, BranchOperations
from neon_restore._models.backups import is_generated_backup_name
from neon_restore._models.restores import PendingRestore, RestoreIntent, ValidatedRestore
from neon_restore._restore.rules import check_unchanged

DELIVERY_WINDOW = 30.0
"""Seconds for which the branches are polled after a response was lost.

The request may still be in transit. Neon was measured to take 6.7 s to accept a restore.
"""
FIRST_POLL, MAX_POLL = 0.5, 5.0


class _AppliedError(Exception):
    """The branches show that the restore was carried out, although no response says so."""


def submit(ctx: CallContext, intent: ValidatedRestore) -> Flow[PendingRestore]:
    """Send a restore until Neon has accepted it.

    If the response was lost, the result has no operations.
    """
    lost: OutcomeUnknown | None = None
    while True:
        try:
            answer = yield from _send(ctx, intent, lost)
        except _AppliedError:
            return to_pending(intent)
        if isinstance(answer, BranchOperations):
            return to_pending(intent, answer)
        lost = answer
        if intent.backup_name is None:
            raise _outcome_unknown_after(
                intent, lost, "Nothing would show whether it was carried out once or twice."
            )
        reason, name = str(lost.args[0]), intent.backup_name
        ctx.emit(AnswerLost(after=ctx.elapsed(), reason=reason, backup_name=name))
        try:
            was_applied = partial(_was_applied, intent, lost=lost)
            if (yield from poll_branches(ctx, was_applied, PlanOutdated)):
                return to_pending(intent)
        except NeonRestoreError as error:
            raise _outcome_unknown_after(intent, lost, str(error.args[0])) from error
        ctx.emit(Resending(after=ctx.elapsed(), branch=intent.destination))


def _send(
    ctx: CallContext, intent: ValidatedRestore, lost: OutcomeUnknown | None
) -> Flow[BranchOperations | OutcomeUnknown]:
    """Send the restore, retry it if Neon did nothing, and return the error of a lost response."""

    def look() -> Flow[None]:
        # The request may have been delivered twice, and this response is to the second.
        try:
            branches = yield from endpoints.list_branches(ctx)
            try:
                applied = _was_applied(intent, branches, lost)
            except PlanOutdated:
                # A copy of it may have been carried out, and its backup not be listed yet.
                was_applied = partial(_was_applied, intent, lost=lost)
                applied = yield from poll_branches(ctx, was_applied, PlanOutdated)
        except (OutcomeUnknown, PlanOutdated):
            raise
        except NeonRestoreError as unseen:
            cannot = f"Whether the restore was carried out could not be seen. {unseen.args[0]}"
            raise _outcome_unknown(intent, cannot) from unseen
        if applied:
            raise _AppliedError

    branch = intent.destination
    try:
        answer = yield from endpoints.restore_branch(
            ctx, branch.id, intent.source.id, intent.point, intent.backup_name, look
        )
    except OutcomeUnknown as error:
        if error.pending is not None:
            raise  # raised by `look`
        return error
    except NeonRestoreError as error:
        if lost is not None:
            failed = f"Another attempt failed: {error.args[0]}"
            raise _outcome_unknown_after(intent, lost, failed) from error
        error.changed = f"{NOTHING} {branch.name} is as it was."
        if isinstance(error, PlanOutdated):
            error.changed = "nothing by this call."
        raise
    if answer.branch.id == branch.id:
        return answer
    return OutcomeUnknown(
        f"The answer to the restore of {branch.name} is about {answer.branch.id}.",
        advice=_how_to_look(intent),
    )


def _was_applied(
    intent: ValidatedRestore, branches: Sequence[Branch], lost: OutcomeUnknown | None
) -> bool:
    """Return whether the restore was carried out; if not, it may be sent.

    Raises:
        OutcomeUnknown: A branch with the chosen backup name exists that another client may have
            created, or the branches changed and no backup would show that it was by this restore.
        PlanOutdated: The branches changed since the restore was checked.
    """
    name = intent.backup_name
    if name is not None and find_backup(branches, name):
        if lost or is_generated_backup_name(name, intent.destination.name):
            return True
        raise _outcome_unknown(
            intent, f"There is a branch named {name} now, which was not there before."
        )
    try:
        check_unchanged(intent, branches, "the restore was checked")
    except NeonRestoreError as change:
        if name is None:
            raise _outcome_unknown(
                intent, f"{change.args[0]} Perhaps it was this restore."
            ) from change
        raise
    return False


def poll_branches(
    ctx: CallContext, happened: Callable[[Sequence[Branch]], bool], changed: type[NeonRestoreError]
) -> Flow[bool]:
    """Poll the branches until `happened` returns True, for `DELIVERY_WINDOW` at most.

    It raises `changed` if the branches have changed. The backup may still be missing from the
    list, so the error is raised at the end of the window.
    """
    began, pause = _clock.monotonic(), FIRST_POLL
    while True:
        over = _clock.monotonic() - began >= DELIVERY_WINDOW
        try:
            if happened((yield from endpoints.list_branches(ctx))):
                return True
            if over:
                return False
        except changed:
            if over:
                raise
        except (NotAuthorized, NotFound, OutcomeUnknown):
            raise
        except NeonRestoreError:
            if ctx.remaining() <= 0:
                raise
        if ctx.remaining() <= 0:
            raise DeadlinePassed(
                f"The deadline of {ctx.timeout:g} s passed before the restore was seen.",
                advice="Look again later: the request may still be on its way.",
            )
        yield Sleep(min(pause * _clock.jitter(), max(ctx.remaining(), 0.0)))
        pause = min(pause * 1.5, MAX_POLL)


def _outcome_unknown_after(
    intent: RestoreIntent, lost: OutcomeUnknown, seen: str
) -> OutcomeUnknown:
    error = _outcome_unknown(intent, f"{lost.args[0]} {seen}")
    error.status, error.neon_message = lost.status, lost.neon_message
    error.request_id = lost.request_id
    return error


def _outcome_unknown(intent: RestoreIntent, what: str) -> OutcomeUnknown:
    error = OutcomeUnknown(
        what,
        changed=f"unknown: {intent.destination.name} may have been restored, once at most.",
        advice=_how_to_look(intent),
    )
    error.pending = to_pending(intent)
    return error


def how_to_resume(intent: RestoreIntent) -> str:
    """Return advice on how another process finds the outcome of a restore."""
    if intent.backup_name is None:
        return "Look when it was last reset: it kept no backup that would show it."
    return f"Call resume({intent.destination.name!r}, backup_name={intent.backup_name!r})."


def _how_to_look(intent: RestoreIntent) -> str:
    if intent.backup_name is None:
        return (
            f"Look when {intent.destination.name} was last reset before you repeat anything: "
            "without a backup branch nothing else shows it."
        )
    return (
        f"Look for a branch named {intent.backup_name}: it is there if the restore was carried "
        f"out. {how_to_resume(intent)} It looks and waits. Do not restore again before."
    )


def to_pending(intent: RestoreIntent, answer: BranchOperations | None = None) -> PendingRestore:
    """Return the restore as pending, with the operations if the response is known."""
    return PendingRestore(
        **{name: getattr(intent, name) for name in RestoreIntent.__struct_fields__},
        operations=answer.operations if answer else (),
        reset_at=answer.branch.last_reset_at if answer else None,
    )
