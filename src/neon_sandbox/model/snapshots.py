"""Takes, changes, deletes, schedules and expires snapshots.

In the storage a snapshot is a branch without an endpoint.
"""

from datetime import datetime, timedelta

from neon_sandbox.model import history, rules
from neon_sandbox.model.entities import Branch, Operation, ScheduleItem, Snapshot
from neon_sandbox.model.state import State, check_name
from neon_sandbox.points import Position, write_instant

_HOUR = timedelta(hours=1)


def create(
    model: State,
    branch_id: str,
    *,
    timestamp: str | None = None,
    lsn: str | None = None,
    name: str = "",
    expires_at: datetime | None = None,
) -> tuple[Snapshot, list[Operation]]:
    """Take a snapshot of a root branch at a point, or at its head."""
    branch = model.branch(branch_id)
    model.require_idle()
    if not branch.is_root:
        raise rules.only_snapshots_of_roots()
    if name:
        check_name(name)
    _check_expiry(model, expires_at)
    limit = model.project.plan.manual_snapshots
    if sum(other.manual for other in model.snapshots.values()) >= limit:
        raise rules.too_many_snapshots()
    point = history.resolve(model, branch, timestamp, lsn)
    at = point or model.storage.locate(branch.id, None)
    if at is None:
        raise rules.empty_branch()
    snapshot = _new(model, branch, at, model.now(), name=name, expires_at=expires_at, manual=True)
    snapshot.at_point = point is not None
    job = model.storage.fork(snapshot.id, branch.id, point)
    model.snapshots[snapshot.id] = snapshot
    first = operations_on(model, snapshot, rules.SNAPSHOT_OPERATIONS)
    return snapshot, model.schedule(branch, (), first=first, job=job)


def update(model: State, snapshot: Snapshot, *, name: str, expires_at: datetime | None) -> None:
    """Set a snapshot's name and expiry."""
    model.require_idle()
    check_name(name)
    _check_expiry(model, expires_at)
    snapshot.name, snapshot.expires_at = name, expires_at


def delete(model: State, snapshot: Snapshot) -> list[Operation]:
    """Delete a snapshot. Branches restored from it stay."""
    model.require_idle()
    job = model.storage.delete(snapshot.id)
    del model.snapshots[snapshot.id]
    first = operations_on(model, snapshot, rules.SNAPSHOT_DELETE_OPERATIONS)
    return model.schedule(snapshot.source, (), first=first, job=job)


def operations_on(model: State, snapshot: Snapshot, actions: tuple[str, ...]) -> list[Operation]:
    """Record operations on the branch of a snapshot."""
    now = model.now()
    return [model.record_operation(one, snapshot.branch_id, None, now) for one in actions]


def set_schedule(model: State, branch: Branch, schedule: tuple[ScheduleItem, ...]) -> None:
    """Set the snapshot schedule of a root branch; an empty one takes no snapshots."""
    model.require_idle()
    if not branch.is_root:
        raise rules.only_snapshots_of_roots()
    if not model.project.plan.snapshot_schedules:
        raise rules.schedules_not_in_plan()
    branch.schedule = schedule


def advance(model: State, now: datetime) -> None:
    """Take the scheduled snapshots that are due, each at its hour, and delete expired ones."""
    due = model.snapshots_due_after.replace(minute=0, second=0, microsecond=0) + _HOUR
    model.snapshots_due_after = max(now, model.snapshots_due_after)
    scheduled = [branch for branch in model.branches.values() if branch.schedule]
    while scheduled and due <= now:
        for branch in scheduled:
            for item in branch.schedule:
                if rules.is_due(item, due):
                    _make(model, branch, due, item.retention)
        due += _HOUR
    for snapshot in list(model.snapshots.values()):
        if snapshot.expires_at and snapshot.expires_at <= now:
            model.storage.delete(snapshot.id)
            del model.snapshots[snapshot.id]


def _make(model: State, branch: Branch, due: datetime, retention: timedelta | None) -> None:
    expires_at = due + retention if retention else None
    at = model.storage.locate(branch.id, due)
    if at is None or (expires_at and expires_at <= model.now()):
        return
    snapshot = _new(model, branch, at, due, expires_at=expires_at, manual=False)
    model.storage.fork(snapshot.id, branch.id, at)
    model.snapshots[snapshot.id] = snapshot


def _new(
    model: State,
    branch: Branch,
    at: Position,
    now: datetime,
    *,
    name: str = "",
    expires_at: datetime | None,
    manual: bool,
) -> Snapshot:
    return Snapshot(
        id=model.next_id("snap"),
        branch_id=f"br-shop-snapshot-{model.count('branch of a snapshot'):08d}",
        name=name or rules.snapshot_name(branch, write_instant(now.replace(microsecond=0))),
        source=branch,
        position=at,
        at_point=False,
        created_at=now,
        expires_at=expires_at,
        manual=manual,
        databases=history.databases_at(branch, at),
        roles=history.roles_at(branch, at),
    )


def _check_expiry(model: State, expires_at: datetime | None) -> None:
    if expires_at and expires_at <= model.now():
        raise rules.expired_already(write_instant(model.now()))
