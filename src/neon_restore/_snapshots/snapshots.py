"""Lists, creates and deletes snapshots, and sets snapshot schedules."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from neon_restore._branches.history import resolve_point
from neon_restore._branches.lookup import find_branch, name_not_found
from neon_restore._branches.points import parse_point
from neon_restore._errors import InvalidPoint, NotARootBranch, OutcomeUnknown, Refused, explain
from neon_restore._http import endpoints
from neon_restore._http.arguments import check_types
from neon_restore._http.context import CallContext
from neon_restore._http.flow import Flow
from neon_restore._http.operations import wait_for_operations
from neon_restore._models.api import Branch, Schedule
from neon_restore._models.backups import AnyBranch
from neon_restore._models.points import RequestedPoint, format_stamp, rfc3339
from neon_restore._snapshots.models import ScheduleEntry, Snapshot, as_entry, as_snapshot


def list_snapshots(ctx: CallContext, branch: AnyBranch | None) -> Flow[tuple[Snapshot, ...]]:
    """Return the snapshots of the project or of one branch, the oldest first."""
    branches = yield from endpoints.list_branches(ctx)
    found = yield from read_snapshots(ctx, branches)
    if branch is None:
        return found
    ids = replaced_branch_ids(branches, find_branch(branches, branch))
    return tuple(snapshot for snapshot in found if snapshot.source_branch_id in ids)


def create(
    ctx: CallContext,
    branch: AnyBranch,
    asked: RequestedPoint,
    name: str | None,
    expires_at: datetime | timedelta | None,
) -> Flow[Snapshot]:
    """Validate the request for a snapshot, create the snapshot, and wait."""
    branches = yield from endpoints.list_branches(ctx)
    source = find_branch(branches, branch)
    _require_root(source)
    present = yield from read_snapshots(ctx, branches)
    point = yield from resolve_point(ctx, asked, source)
    now = ctx.server_now()
    name = name or f"{source.name}_{format_stamp(ctx.server_stamp())}"
    if any(snapshot.name == name for snapshot in present):
        raise Refused(
            f"There is a snapshot named {name!r} already, and a second one could not be found by "
            "its name.",
            advice="Give another name=, or none: it is then made from the time.",
        )
    params = {"name": name} | endpoints.point_fields(point)
    if expires_at is not None:
        params["expires_at"] = rfc3339(_absolute_expiry(expires_at, now))
    how_to_look = (
        f"Wait a minute, then look with snapshots(): one named {name} is there if the request was "
        "carried out. Do not take another before you have looked."
    )
    with explain(OutcomeUnknown, advice=how_to_look):
        answer = yield from endpoints.create_snapshot(ctx, source.id, params)
    with explain(changed=f"Neon accepted the snapshot {name} and goes on with it."):
        yield from wait_for_operations(ctx, answer.operations)
    return as_snapshot(answer.snapshot, {branch.id: branch.name for branch in branches})


def delete(ctx: CallContext, snapshot: Snapshot | str) -> Flow[Snapshot]:
    """Delete a snapshot, wait, and return it."""
    branches = yield from endpoints.list_branches(ctx)
    found = find_snapshot((yield from read_snapshots(ctx, branches)), snapshot)
    how_to_look = f"Look with snapshots(): {found.id} is gone if it was deleted."
    with explain(OutcomeUnknown, advice=how_to_look):
        answer = yield from endpoints.delete_snapshot(ctx, found.id)
    yield from wait_for_operations(ctx, answer.operations)
    return found


def get_schedule(ctx: CallContext, branch: AnyBranch) -> Flow[tuple[ScheduleEntry, ...]]:
    """Return the snapshot schedule of a branch."""
    found = find_branch((yield from endpoints.list_branches(ctx)), branch)
    return tuple(map(as_entry, (yield from endpoints.get_schedule(ctx, found.id)).schedule))


def set_schedule(
    ctx: CallContext, branch: AnyBranch, schedule: Iterable[ScheduleEntry]
) -> Flow[tuple[ScheduleEntry, ...]]:
    """Set the snapshot schedule of a branch, and return it as Neon stored it."""
    entries = tuple(schedule)
    hints = {"schedule": Sequence[ScheduleEntry]}
    check_types("set_snapshot_schedule", hints, {"schedule": entries})
    wanted = Schedule(tuple(entry.item() for entry in entries))
    found = find_branch((yield from endpoints.list_branches(ctx)), branch)
    _require_root(found)
    how_to_look = (
        f"Read it with snapshot_schedule({found.name!r}). The whole schedule is sent, so to set it "
        "again does no harm."
    )
    with explain(OutcomeUnknown, advice=how_to_look):
        yield from endpoints.set_schedule(ctx, found.id, wanted)
    with explain(changed=f"the schedule of {found.name} was set."):
        now = yield from endpoints.get_schedule(ctx, found.id)
    return tuple(map(as_entry, now.schedule))


def read_snapshots(ctx: CallContext, branches: Sequence[Branch]) -> Flow[tuple[Snapshot, ...]]:
    """Return all snapshots of the project, the oldest first."""
    names = {branch.id: branch.name for branch in branches}
    found = [as_snapshot(item, names) for item in (yield from endpoints.list_snapshots(ctx))]
    never = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(found, key=lambda one: (one.created_at or never, one.name)))


def find_snapshot(snapshots: Sequence[Snapshot], wanted: Snapshot | str) -> Snapshot:
    """Return the snapshot with this id, or else the one with this name."""
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
        raise name_not_found("snapshot", key, [snapshot.name for snapshot in snapshots])
    return named[0]


def replaced_branch_ids(branches: Sequence[Branch], branch: Branch) -> frozenset[str]:
    """Return the ids of a branch and of the branches that it replaced in successive restores.

    A snapshot keeps the id of the branch that it was taken from; a restored branch has a new id.
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


def parse_expiry(given: datetime | timedelta | str | None) -> datetime | timedelta | None:
    """Parse the expiry of a snapshot; a timedelta counts from the server's time."""
    if isinstance(given, timedelta) and given <= timedelta(0):
        raise InvalidPoint(
            f"{given} from now is not in the future.",
            advice="Give a positive timedelta: timedelta(days=30) keeps a snapshot for 30 days.",
        )
    return cast("datetime | timedelta | None", parse_point(given, None))


def _absolute_expiry(asked: datetime | timedelta, now: datetime) -> datetime:
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


def _require_root(branch: Branch) -> None:
    if not branch.is_root:
        raise NotARootBranch(
            f"{branch.name} is a child branch: Neon takes snapshots of root branches only.",
            advice="Take a snapshot of the root branch that it comes from.",
        )
