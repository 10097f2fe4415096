"""Taking up a restore that another process began, or that an error left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _api
from ._backups import list_backups
from ._errors import NeonRestoreError, Refused, UnknownName
from ._lookup import find_branch
from ._protect import protected_again
from ._request import check_place
from ._restore import conclude, finish
from ._results import Intent, PendingRestore, Restored
from ._start import pending_of, watch, witness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._flow import Flow, Run
    from ._models import Branch


def wait(run: Run, pending: PendingRestore) -> Flow[Restored]:
    """Wait for a restore that was accepted, or look for one whose answer was lost."""
    return finish(run, pending) if pending.operations else resume(run, pending, None, False)


def resume(run: Run, begun: str | Intent, backup_name: str | None, protect: bool) -> Flow[Restored]:
    """Look for a restore, wait for it, and protect its branch again if that is part of it.

    Raises:
        UnknownName: It was not carried out, or no backup of it is known.

    """
    if isinstance(begun, Intent):
        if protect or backup_name is not None:
            raise Refused(
                "A plan or a restore was given together with other arguments.",
                advice="Give it alone, or the name of its branch with backup_name=.",
            )
        check_place(run, begun)
        pending = pending_of(begun)
    else:
        try:
            pending = yield from _known_by_name(run, begun, backup_name, protect)
        except NeonRestoreError as error:
            error.changed = "unknown: whether a restore was carried out was not seen."
            raise
    found = _take_up(run, pending)
    if pending.unprotect:
        found = protected_again(run, pending, found)
    return (yield from found)


def _take_up(run: Run, pending: PendingRestore) -> Flow[Restored]:
    try:
        happened = yield from watch(run, lambda branches: _happened(pending, branches))
    except NeonRestoreError as error:
        error.changed = f"unknown: {pending.destination.name} may have been restored."
        error.advice = "Call resume again: nobody has seen yet whether it was."
        error.pending = pending
        raise
    if happened:
        return (yield from conclude(run, pending))
    name, backup = pending.destination.name, pending.backup_name
    missing = f"There is no branch named {backup}" if backup else f"{name} was not reset"
    raise UnknownName(f"{missing}: the restore was not carried out.", advice="Restore again.")


def _known_by_name(
    run: Run, branch: str, backup_name: str | None, protect: bool
) -> Flow[PendingRestore]:
    branches = yield from _api.list_branches(run)
    destination = find_branch(branches, branch)
    if backup_name is None:
        backups = yield from list_backups(run, destination.name)
        dated = {backup.taken_at: backup.name for backup in backups if backup.taken_at}
        if not dated:
            raise UnknownName(
                f"No backup of {destination.name} was found: no restore of it was begun, or the "
                "backup has another name.",
                advice="Give the name that was chosen for the backup: backup_name=...",
            )
        backup_name = dated[max(dated)]
    return PendingRestore(
        where=run.where,
        project_id=run.project_id,
        destination=destination,
        source=None,
        point=None,
        backup_name=backup_name,
        children=(),
        planned_at=run.server_now().replace(microsecond=0),
        unprotect=protect,
    )


def _happened(pending: PendingRestore, branches: Sequence[Branch]) -> bool:
    if pending.backup_name is not None:
        return witness(branches, pending.backup_name) is not None
    # Nothing was kept: that the branch was reset since is all that tells.
    before = pending.destination.last_reset_at
    return any(b.id == pending.destination.id and b.last_reset_at != before for b in branches)
