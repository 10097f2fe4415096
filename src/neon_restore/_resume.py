"""Taking up a restore that another process began, or that an error left behind."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from . import _api
from ._errors import (
    NeonRestoreError,
    NotAuthorized,
    NotFound,
    OutcomeUnknown,
    Refused,
    UnknownName,
)
from ._lookup import children, find_branch
from ._points import rfc3339
from ._protect import protected_again
from ._request import check_place
from ._restore import conclude, finish
from ._results import Intent, PendingRestore, Restored, as_backup
from ._rules import TOGETHER
from ._start import pending_of, watch, witness
from ._text import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._flow import Flow, Run
    from ._models import Branch

RECENT = timedelta(minutes=15)
"""How old the newest backup may be to be taken for that of a restore that has begun last."""


def wait(run: Run, pending: PendingRestore) -> Flow[Restored]:
    """Wait for a restore that was accepted, or look for one whose answer was lost."""
    return finish(run, pending) if pending.operations else resume(run, pending, None, False)


def resume(run: Run, begun: str | Intent, backup_name: str | None, protect: bool) -> Flow[Restored]:
    """Look for a restore, wait for it, and protect its branch again if that is part of it.

    Raises:
        UnknownName: Nothing shows that it was carried out.
        OutcomeUnknown: The branch was restored, and nothing tells by whom.

    """
    if isinstance(begun, Intent):
        if protect or backup_name is not None:
            raise Refused(
                "A plan or a restore was given together with other arguments.",
                advice="Give it alone, or the name of its branch with backup_name=.",
            )
        check_place(run, begun)
        pending = pending_of(begun)
        found = _take_up(run, pending)
    else:
        try:
            branches = yield from _api.list_branches(run)
        except NeonRestoreError as error:
            error.changed = "unknown: whether a restore was carried out was not seen."
            raise
        pending = PendingRestore(
            where=run.where,
            project_id=run.project_id,
            destination=find_branch(branches, begun),
            source=None,
            point=None,
            backup_name=backup_name,
            children=(),
            planned_at=run.server_now().replace(microsecond=0),
            unprotect=protect,
        )
        found = _take_up_by_name(run, pending, branches)
    if pending.unprotect:
        found = protected_again(run, pending, found)
    return (yield from found)


def _take_up_by_name(
    run: Run, pending: PendingRestore, branches: Sequence[Branch]
) -> Flow[Restored]:
    if pending.backup_name is None:
        name = _newest_backup(run, pending.destination.name, branches)
        pending = replace(pending, backup_name=name)
    return (yield from _take_up(run, pending))


def _newest_backup(run: Run, branch: str, branches: Sequence[Branch]) -> str:
    """The backup of the restore that has begun last.

    Raises:
        UnknownName: The newest backup of the branch is too old, or there is none.

    """
    backups = [as_backup(found, children(branches, found)) for found in branches]
    dated = {b.taken_at: b.name for b in backups if b and b.of == branch and b.taken_at}
    advice = "If you chose the name of the backup, give it: backup_name=..."
    if not dated:
        raise UnknownName(f"No backup of {branch} was found by its name.", advice=advice)
    newest = max(dated)
    age = run.server_now().replace(microsecond=0) - newest
    if age > RECENT:
        raise UnknownName(
            f"The newest backup of {branch} is {dated[newest]}, {duration(age)} old: nothing shows "
            "a restore since.",
            advice=advice,
        )
    return dated[newest]


def _take_up(run: Run, pending: PendingRestore) -> Flow[Restored]:
    name, backup = pending.destination.name, pending.backup_name
    try:
        happened = yield from watch(run, lambda branches: _happened(pending, branches))
    except NeonRestoreError as error:
        if isinstance(error, OutcomeUnknown):
            raise
        error.changed = f"unknown: {name} may have been restored."
        error.pending = pending
        if not isinstance(error, NotAuthorized | NotFound):
            error.advice = "Call resume again: nobody has seen yet whether it was."
        raise
    if happened:
        return (yield from conclude(run, pending))
    missing = f"There is no branch named {backup}" if backup else f"{name} was not reset"
    raise UnknownName(
        f"{missing}: nothing shows that the restore was carried out.",
        advice="Make a new plan, read it, and restore again.",
    )


def _happened(pending: PendingRestore, branches: Sequence[Branch]) -> bool:
    """Whether the restore shows.

    Raises:
        OutcomeUnknown: The branch was reset, and no backup branch shows that it was this restore.

    """
    before = pending.destination
    now = next((branch for branch in branches if branch.id == before.id), None)
    backup = witness(branches, pending.backup_name) if pending.backup_name else None
    reset_at = now.last_reset_at if now else None
    if backup and reset_at and reset_at >= backup.created_at - TOGETHER:
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
