"""Restoring a branch: check, plan, start, wait, roll back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from . import _api, _clock
from ._errors import (
    NOTHING,
    BackupNameRefused,
    BranchProtected,
    InvalidPoint,
    NeonRestoreError,
    NotARootBranch,
    OperationFailed,
    PlanOutdated,
    Refused,
    UnexpectedAnswer,
)
from ._history import check_point, window_of
from ._lookup import backed_up, backup_name, children, find_branch
from ._points import AskedPoint, Point, describe
from ._results import Intent, PendingRestore, Restored, RestorePlan
from ._wait import wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._flow import Flow, Run
    from ._models import Branch, Operation

LONGEST_NAME = 256


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A restore as the caller asked for it, names not looked up yet.

    The destination may be left out where the source is a backup whose name tells it.
    """

    destination: str | None
    source: str | None
    point: AskedPoint
    backup_name: str | None
    discard: bool


def of_plan(plan: RestorePlan) -> Request:
    """The request that carries out a plan: by id, with its own point and backup name."""
    return Request(
        destination=plan.destination.id,
        source=plan.source.id,
        point=plan.point,
        backup_name=plan.backup_name,
        discard=plan.backup_name is None,
    )


def of_rollback(undo: Restored | str, branch: str | None, name: str | None) -> Request:
    """The request that undoes a restore: from its backup branch, at head.

    Raises:
        Refused: The restore kept no backup.

    """
    if isinstance(undo, Restored):
        if undo.backup is None:
            raise Refused(
                f"The restore of {undo.destination.name} kept no backup, so it cannot be undone.",
                advice="Restore from another branch or a snapshot that holds the data.",
            )
        branch, undo = undo.destination.id, undo.backup.id
    return Request(destination=branch, source=undo, point=None, backup_name=name, discard=False)


def check(run: Run, request: Request) -> Flow[Intent]:
    """Look every name up and refuse what Neon refuses.

    Raises:
        Refused: A rule would be broken; nothing was sent but reads.

    """
    branches = yield from _api.list_branches(run)
    destination, source = _find(branches, request)
    project = (
        (yield from _api.get_project(run))
        if isinstance(request.point, datetime | timedelta)
        else None
    )
    now = run.server_now()
    point = resolve(request.point, now)
    own_history = source.id == destination.id
    moving = children(branches, destination)
    _check_branches(destination, source, point)
    if project and isinstance(point, datetime):
        check_point(point, window_of(project, now, source))
    name = request.backup_name
    taken = {branch.name for branch in branches}
    if name is None and not request.discard:
        head = now.replace(microsecond=_clock.now().microsecond)
        name = backup_name(destination.name, head, taken)
    _check_name(name, taken, own_history=own_history, children=moving)
    return Intent(
        where=run.where,
        project_id=run.project_id,
        destination=destination,
        source=source,
        point=point,
        backup_name=name,
        children=moving,
        checked_at=now.replace(microsecond=0),
    )


def plan(run: Run, request: Request) -> Flow[RestorePlan]:
    """Check the restore, and read what it would replace."""
    intent = yield from check(run, request)
    databases = yield from _api.list_databases(run, intent.destination.id)
    endpoints = yield from _api.list_endpoints(run, intent.destination.id)
    return RestorePlan(intent=intent, databases=databases, endpoints=endpoints)


def start(run: Run, request: Request, planned: RestorePlan | None = None) -> Flow[PendingRestore]:
    """Check the restore and send it."""
    intent = yield from check(run, request)
    if planned:
        _check_plan(planned, intent)
    started_at = _clock.now()
    try:
        answer = yield from _api.restore_branch(
            run, intent.destination.id, intent.source.id, intent.point, intent.backup_name
        )
    except NeonRestoreError as error:
        if error.changed == NOTHING:
            error.changed = f"{NOTHING} {intent.destination.name} is as it was."
        elif intent.backup_name:
            error.advice = (
                f"Look for a branch named {intent.backup_name}: it exists if, and only if, the "
                "restore was carried out. Do not send the restore again before you have looked."
            )
        raise
    return PendingRestore(intent=intent, operations=answer.operations, started_at=started_at)


def finish(run: Run, pending: PendingRestore) -> Flow[Restored]:
    """Wait for a restore that Neon has accepted, and read what came of it."""
    try:
        operations = yield from wait_for(run, pending.operations)
        took = _clock.now() - pending.started_at
        branches = yield from _api.list_branches(run)
        return _result(pending, operations, took, branches)
    except NeonRestoreError as error:
        _accepted(error, pending)
        raise


def restore(run: Run, request: Request, planned: RestorePlan | None = None) -> Flow[Restored]:
    """Check, send and wait."""
    pending = yield from start(run, request, planned)
    return (yield from finish(run, pending))


def _find(branches: Sequence[Branch], request: Request) -> tuple[Branch, Branch]:
    if request.destination is not None:
        destination = find_branch(branches, request.destination)
        source = find_branch(branches, request.source) if request.source else destination
        return destination, source
    source = find_branch(branches, request.source or "")
    backup = backed_up(source.name)
    if backup is None:
        raise Refused(
            f"The name {source.name!r} does not say which branch it is a backup of.",
            advice="Name the branch to roll back: rollback(backup, branch=...).",
        )
    return find_branch(branches, backup[0]), source


def resolve(point: AskedPoint, now: datetime) -> Point:
    """The point itself; a timedelta becomes a time, to the second."""
    if not isinstance(point, timedelta):
        return point
    try:
        return (now - point).replace(microsecond=0)
    except OverflowError:
        raise InvalidPoint(
            f"{point} back from now is before the calendar starts.",
            advice="Give a shorter timedelta.",
        ) from None


def _check_branches(destination: Branch, source: Branch, point: Point) -> None:
    if source.id == destination.id and point is None:
        raise InvalidPoint(
            f"A restore of {destination.name} from its own history needs a point in time.",
            advice="Give at= or lsn=, or the branch to restore from as source=.",
        )
    for branch, role in ((destination, "destination"), (source, "source")):
        if point is not None and not branch.is_root:
            raise NotARootBranch(
                f"{branch.name} is a child branch: Neon restores to {describe(point)} only where "
                f"source and destination are root branches, and it is the {role}.",
                advice="Reset a child to the head of another branch: give source= and no point. "
                "To look at a child's past, use a time-travel connection string.",
            )
    if destination.protected:
        raise BranchProtected(
            f"{destination.name} is protected, and Neon does not restore protected branches.",
            advice="Remove the protection, restore, and protect the branch again.",
        )
    for action in destination.restricted_actions:
        if action.name == "restore":
            raise Refused(f"Neon does not restore {destination.name} now: {action.reason}")


def _check_name(
    name: str | None, taken: set[str], *, own_history: bool, children: Sequence[Branch]
) -> None:
    if name is None:
        reason = "restored from its own history" if own_history else "that has children"
        if own_history or children:
            raise BackupNameRefused(
                f"Neon always keeps the previous state of a branch {reason}.",
                advice="Leave discard_previous_state out.",
            )
    elif not 1 <= len(name) <= LONGEST_NAME:
        raise BackupNameRefused(
            f"A backup name of {len(name)} characters is not between 1 and {LONGEST_NAME}.",
            advice="Give another backup_name.",
        )
    elif name in taken:
        raise BackupNameRefused(
            f"There is a branch named {name!r} already.",
            advice="Give another backup_name, or none: the name is then made from the time.",
        )


def _check_plan(planned: RestorePlan, intent: Intent) -> None:
    changes = [
        f"{label} was {before}, is {after}"
        for label, before, after in (
            ("the address", planned.where, intent.where),
            ("the project", planned.project_id, intent.project_id),
            ("the branch's name", planned.destination.name, intent.destination.name),
            ("the source's name", planned.source.name, intent.source.name),
            ("the branch's last reset", *(i.destination.last_reset_at for i in (planned, intent))),
            (
                "the list of children",
                *([child.name for child in i.children] for i in (planned, intent)),
            ),
        )
        if before != after
    ]
    if changes:
        raise PlanOutdated(
            f"Since the plan was made, {'; '.join(changes)}.",
            advice="Make a new plan and read it.",
        )


def _accepted(error: NeonRestoreError, pending: PendingRestore) -> None:
    """Say in an error that comes after Neon has accepted the restore what that means."""
    name, backup = pending.intent.destination.name, pending.intent.backup_name
    kept = f" The previous state goes to branch {backup}." if backup else ""
    error.changed = f"Neon accepted the restore of {name} and carries it out.{kept}"
    error.pending = pending
    if isinstance(error, OperationFailed):
        error.changed = (
            f"Neon accepted the restore of {name}, and did not finish it: the branch may hold "
            f"either state.{kept}"
        )
    else:
        error.advice = "Wait again with wait(error.pending), or look at the project's operations."


def _result(
    pending: PendingRestore,
    operations: tuple[Operation, ...],
    took: timedelta,
    branches: Sequence[Branch],
) -> Restored:
    intent = pending.intent
    destination = find_branch(branches, intent.destination.id)
    backup = next((b for b in branches if b.name == intent.backup_name), None)
    if intent.backup_name and backup is None:
        raise UnexpectedAnswer(
            f"The restore has finished, but no branch is named {intent.backup_name}.",
        )
    return Restored(
        intent=intent,
        destination=destination,
        backup=backup,
        operations=operations,
        duration=took,
        moved_children=children(branches, backup) if backup else (),
    )
