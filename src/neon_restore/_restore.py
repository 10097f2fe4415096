"""Restoring a branch: check, plan, start, wait."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import asdict, replace

from . import _api, _clock
from ._errors import (
    Busy,
    NeonRestoreError,
    NoAnswer,
    OperationFailed,
    RateLimited,
    Refused,
    StillRunning,
    Unavailable,
    UnexpectedAnswer,
)
from ._flow import Pause
from ._history import judged_point
from ._lookup import backed_up, backup_name, children, find_branch
from ._progress import Accepted, Finished
from ._protect import protected_again, unprotected
from ._request import check_place
from ._results import Checked, PendingRestore, Restored, RestorePlan
from ._rules import (
    TOGETHER,
    check_backup_name,
    check_branches,
    check_not_again,
    check_unchanged,
)
from ._start import how_to_resume, start, witness
from ._verify import Checks, after, before
from ._wait import FIRST_POLL, LONGEST_POLL, wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._flow import Flow, Run
    from ._models import Branch, Operation
    from ._request import Request

PASSING = (NoAnswer, Unavailable, Busy, RateLimited, StillRunning)


def check(run: Run, request: Request) -> Flow[Checked]:
    """Look every name up and refuse what Neon refuses.

    Raises:
        Refused: A rule would be broken; nothing was sent but reads.

    """
    branches = yield from _api.list_branches(run)
    if request.plan:
        since = f"the plan for {request.plan.destination.name} was made"
        check_unchanged(request.plan, branches, since)
    destination, source = _find(branches, request)
    check_branches(
        destination, source, has_point=request.point is not None, unprotect=request.unprotect
    )
    point = yield from judged_point(run, request.point, source)
    now = run.server_now()
    moving = children(branches, destination)
    taken = {branch.name for branch in branches}
    name = request.backup_name
    if name is None and not request.discard:
        # The server's clock is known to the second; this machine's microseconds tell two
        # restores within one second apart.
        head = now.replace(microsecond=_clock.now().microsecond)
        name = backup_name(destination.name, head, taken)
    check_backup_name(
        name, taken, own_history=source.id == destination.id, has_children=bool(moving)
    )
    return Checked(
        where=run.where,
        project_id=run.project_id,
        destination=destination,
        source=source,
        point=point,
        backup_name=name,
        children=moving,
        planned_at=now.replace(microsecond=0),
        unprotect=request.unprotect and destination.protected,
    )


def plan(run: Run, request: Request) -> Flow[RestorePlan]:
    """Check the restore, and read what it would replace."""
    intent = yield from check(run, request)
    databases = yield from _api.list_databases(run, intent.destination.id)
    endpoints = yield from _api.list_endpoints(run, intent.destination.id)
    changes: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for name in (database.name for database in databases):
        try:
            diff = yield from _api.compare_schema(
                run, intent.source.id, intent.destination.id, name, intent.point, patient=False
            )
        except NeonRestoreError as error:
            # In an incident a plan without the schema is better than none.
            unknown[name] = error.neon_message or str(error.args[0])
        else:
            changes |= {name: diff} if diff else {}
    return RestorePlan(
        **asdict(intent),
        databases=databases,
        endpoints=endpoints,
        schema_changes=changes,
        schema_unknown=unknown,
    )


def restore(
    run: Run, request: Request, *, wait: bool, verify: Checks | None = None
) -> Flow[Restored | PendingRestore]:
    """Check the restore and have it accepted, and wait if asked to."""
    if verify and not wait:
        raise Refused(
            "Checks were given for a restore that is not waited for.",
            advice="Leave wait=False out, or make the checks yourself.",
        )
    intent = yield from check(run, request)
    if verify:
        yield from before(run, intent, verify)
        # Checks may take their time, and others work meanwhile.
        branches = yield from _api.list_branches(run)
        check_unchanged(intent, branches, "the restore was checked")
    try:
        work = _carry_out(run, intent, wait)
        if intent.unprotect:
            work = unprotected(run, intent, work)
        restored = yield from work
    except (NeonRestoreError, GeneratorExit):
        raise
    except BaseException as interruption:
        interruption.add_note(
            f"{intent.destination.name} may be under restore. {how_to_resume(intent)}"
        )
        raise
    if verify and isinstance(restored, Restored):
        yield from after(run, restored, verify)
    return restored


def _carry_out(run: Run, intent: Checked, wait: bool) -> Flow[Restored | PendingRestore]:
    pending = yield from start(run, intent)
    run.tell(Accepted(after=run.elapsed(), pending=pending))
    return (yield from conclude(run, pending)) if wait else pending


def finish(run: Run, pending: PendingRestore) -> Flow[Restored]:
    """Wait for a restore that Neon has accepted, and protect its branch if that was put off."""
    check_place(run, pending)
    if pending.unprotect:
        return (yield from protected_again(run, pending, conclude(run, pending)))
    return (yield from conclude(run, pending))


def conclude(run: Run, pending: PendingRestore) -> Flow[Restored]:
    """Wait for the operations of a restore, and read what came of it."""
    name, backup = pending.destination.name, pending.backup_name
    kept = f" The previous state goes to branch {backup}." if backup else ""
    changed = f"Neon accepted the restore of {name} and goes on with it.{kept}"
    try:
        if not pending.operations:
            pending = yield from _begun(run, pending)
        operations = yield from wait_for(run, pending.operations)
        changed = f"the restore of {name} has finished.{kept}"
        branches = yield from _api.list_branches(run)
    except NeonRestoreError as error:
        error.pending = pending
        if isinstance(error, OperationFailed):
            error.changed = f"Neon did not finish: {name} may hold either state.{kept}"
        else:
            error.changed = changed
            if isinstance(error, PASSING):
                error.advice = "Wait again, with wait(error.pending): Neon goes on by itself."
        raise
    restored = _result(pending, operations, branches)
    run.tell(Finished(after=run.elapsed(), restored=restored))
    return restored


def _begun(run: Run, pending: PendingRestore) -> Flow[PendingRestore]:
    """A restore whose answer was lost, or went to another process, with its operations."""
    branches = yield from _api.list_branches(run)
    destination = next((b for b in branches if b.id == pending.destination.id), None)
    backup = witness(branches, pending.backup_name) if pending.backup_name else None
    if destination is None or backup is None:
        return pending
    made_at, on = backup.created_at, {destination.id, backup.id}
    found = yield from _api.list_operations(run)
    mine = tuple(
        operation
        for operation in reversed(found)
        if operation.branch_id in on
        and made_at - TOGETHER <= operation.created_at <= made_at + TOGETHER
    )
    if not mine:
        yield from _until_ready(run, destination)
    return replace(pending, operations=mine, reset_at=made_at)


def _until_ready(run: Run, branch: Branch) -> Flow[None]:
    """Wait until a branch is ready, where no operation tells."""
    found, pause = branch, FIRST_POLL
    while found.current_state != "ready" or found.pending_state:
        if run.remaining() <= 0:
            raise StillRunning(
                f"{found.name} was still {found.current_state} after {run.timeout:g} s.",
                advice="Look at the project's operations: Neon goes on by itself.",
            )
        yield Pause(min(pause, max(run.remaining(), FIRST_POLL)))
        pause = min(pause * 1.5, LONGEST_POLL)
        found = yield from _api.get_branch(run, branch.id)


def _find(branches: Sequence[Branch], request: Request) -> tuple[Branch, Branch]:
    if request.destination is not None:
        destination = find_branch(branches, request.destination)
        if request.source is None:
            return destination, destination
        return destination, find_branch(branches, request.source)
    source = find_branch(branches, request.source or "")
    backup = backed_up(source.name)
    if backup is None:
        raise Refused(
            f"The name {source.name!r} does not say which branch it is a backup of.",
            advice="Name the branch to roll back: rollback(backup, branch=...).",
        )
    return find_branch(branches, backup[0]), source


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
    check_not_again(pending, destination)
    # A child that was reset becomes a child of its own backup; it did not move there.
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
