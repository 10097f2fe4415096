"""Snapshots: listed, taken, deleted, and made by a schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from . import _api, _clock
from ._errors import (
    InvalidPoint,
    NeonRestoreError,
    NotARootBranch,
    OutcomeUnknown,
    Refused,
)
from ._history import judged_point
from ._lookup import find_branch, unknown
from ._models import Schedule
from ._points import Lsn, asked_point, rfc3339
from ._snapshot_results import ScheduleEntry, Snapshot, as_entry, as_snapshot
from ._wait import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ._flow import Flow, Run
    from ._models import Branch
    from ._points import AskedPoint


def list_snapshots(run: Run, branch: str | None) -> Flow[tuple[Snapshot, ...]]:
    """The snapshots of the project or of one branch, the oldest first."""
    branches = yield from _api.list_branches(run)
    found = yield from read_snapshots(run, branches)
    if branch is None:
        return found
    ids = lineage(branches, find_branch(branches, branch))
    return tuple(snapshot for snapshot in found if snapshot.source_branch_id in ids)


def create(
    run: Run,
    branch: str,
    asked: AskedPoint,
    name: str | None,
    expires_at: datetime | timedelta | None,
) -> Flow[Snapshot]:
    """Check a snapshot, have it taken, and wait."""
    branches = yield from _api.list_branches(run)
    source = find_branch(branches, branch)
    _require_root(source)
    present = yield from read_snapshots(run, branches)
    point = yield from judged_point(run, asked, source)
    now = run.server_now()
    # The server's clock is known to the second; this machine's microseconds tell two apart.
    stamp = now.replace(microsecond=_clock.now().microsecond, tzinfo=None)
    name = name or f"{source.name}_{stamp.isoformat(timespec='microseconds')}Z"
    if any(snapshot.name == name for snapshot in present):
        raise Refused(
            f"There is a snapshot named {name!r} already, and names are how they are found.",
            advice="Give another name=, or none: it is then made from the time.",
        )
    params = {"name": name}
    if isinstance(point, Lsn):
        params["lsn"] = str(point)
    elif point is not None:
        params["timestamp"] = rfc3339(point)
    if expires_at is not None:
        params["expires_at"] = rfc3339(_expiry(expires_at, now))
    accepted = False
    try:
        answer = yield from _api.create_snapshot(run, source.id, params)
        accepted = True
        yield from wait_for(run, answer.operations)
    except NeonRestoreError as error:
        if accepted:
            error.changed = f"Neon accepted the snapshot {name} and goes on with it."
        elif isinstance(error, OutcomeUnknown):
            error.advice = (
                f"Wait a minute, then look with snapshots(): one named {name} is there if the "
                "request was carried out. Do not take another before you have looked."
            )
        raise
    return as_snapshot(answer.snapshot, _names(branches))


def delete(run: Run, snapshot: Snapshot | str) -> Flow[Snapshot]:
    """Delete a snapshot and wait."""
    branches = yield from _api.list_branches(run)
    found = find_snapshot((yield from read_snapshots(run, branches)), snapshot)
    try:
        answer = yield from _api.delete_snapshot(run, found.id)
    except OutcomeUnknown as error:
        error.advice = f"Look with snapshots(): {found.id} is gone if it was deleted."
        raise
    yield from wait_for(run, answer.operations)
    return found


def schedule_of(run: Run, branch: str) -> Flow[tuple[ScheduleEntry, ...]]:
    """Read the schedule of a branch."""
    found = find_branch((yield from _api.list_branches(run)), branch)
    return tuple(map(as_entry, (yield from _api.get_schedule(run, found.id)).schedule))


def set_schedule(
    run: Run, branch: str, schedule: Iterable[ScheduleEntry]
) -> Flow[tuple[ScheduleEntry, ...]]:
    """Set the schedule of a branch, and read what Neon has then."""
    wanted = Schedule(tuple(entry.item() for entry in schedule))
    found = find_branch((yield from _api.list_branches(run)), branch)
    _require_root(found)
    try:
        yield from _api.set_schedule(run, found.id, wanted)
    except OutcomeUnknown as error:
        error.advice = (
            f"Read it with snapshot_schedule({found.name!r}). The whole schedule is sent, so to "
            "set it again does no harm."
        )
        raise
    try:
        now = yield from _api.get_schedule(run, found.id)
    except NeonRestoreError as error:
        error.changed = f"the schedule of {found.name} was set."
        raise
    return tuple(map(as_entry, now.schedule))


def read_snapshots(run: Run, branches: Sequence[Branch]) -> Flow[tuple[Snapshot, ...]]:
    """All snapshots of the project, the oldest first."""
    names = _names(branches)
    found = [as_snapshot(item, names) for item in (yield from _api.list_snapshots(run))]
    never = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(found, key=lambda one: (one.created_at or never, one.name)))


def find_snapshot(snapshots: Sequence[Snapshot], wanted: Snapshot | str) -> Snapshot:
    """The snapshot with this id, or else the one with this name.

    Raises:
        UnknownName: There is none.
        Refused: Several have the name.

    """
    key = wanted.id if isinstance(wanted, Snapshot) else wanted
    for snapshot in snapshots:
        if snapshot.id == key:
            return snapshot
    named = [snapshot for snapshot in snapshots if snapshot.name == key]
    if len(named) > 1:
        raise Refused(
            f"{len(named)} snapshots are named {key!r}: {', '.join(one.id for one in named)}.",
            advice="Give the id of the one that you mean.",
        )
    if not named:
        raise unknown("snapshot", key, [snapshot.name for snapshot in snapshots])
    return named[0]


def lineage(branches: Sequence[Branch], branch: Branch) -> frozenset[str]:
    """The ids of a branch and of those whose place it took, one restore after another.

    Snapshots stay with the branch that they were taken from, whose id the restored one lacks.
    """
    by_id = {other.id: other for other in branches}
    ids = {branch.id}
    latest: Branch | None = branch
    while latest and latest.restored_as and latest.restore_status != "restored":
        if latest.restored_as in ids:
            break
        ids.add(latest.restored_as)
        latest = by_id.get(latest.restored_as)
    return frozenset(ids)


def asked_expiry(given: datetime | timedelta | str | None) -> datetime | timedelta | None:
    """Read when a snapshot is to expire; a timedelta counts from the server's now on.

    Raises:
        InvalidPoint: It is naive or malformed, or a timedelta that is not positive.

    """
    if isinstance(given, timedelta) and given <= timedelta(0):
        raise InvalidPoint(
            f"{given} from now is not in the future.",
            advice="Give a positive timedelta: timedelta(days=30) keeps a snapshot for 30 days.",
        )
    return cast("datetime | timedelta | None", asked_point(given, None))


def _expiry(asked: datetime | timedelta, now: datetime) -> datetime:
    try:
        expires_at = (now + asked).replace(microsecond=0) if isinstance(asked, timedelta) else asked
    except OverflowError:
        raise InvalidPoint(
            f"{asked} from now is after the calendar ends.", advice="Give a shorter timedelta."
        ) from None
    if expires_at <= now:
        raise InvalidPoint(
            f"{rfc3339(expires_at)} is past: Neon's clock says {rfc3339(now)}.",
            advice="Give a time to come, or leave expires_at out to keep the snapshot.",
        )
    return expires_at


def _names(branches: Sequence[Branch]) -> dict[str, str]:
    return {branch.id: branch.name for branch in branches}


def _require_root(branch: Branch) -> None:
    if not branch.is_root:
        raise NotARootBranch(
            f"{branch.name} is a child branch: Neon takes snapshots of root branches only.",
            advice="Take a snapshot of the root branch that it comes from.",
        )
