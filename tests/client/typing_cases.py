"""What a type checker makes of the public API: read by mypy, never run."""

from datetime import datetime, timedelta
from typing import assert_type

from neon_restore import (
    AsyncNeon,
    BackupBranch,
    Branch,
    ConnectionString,
    Deleted,
    HistoryWindow,
    Lsn,
    Neon,
    NeonRestoreError,
    OperationFailed,
    OutsideHistoryWindow,
    PendingRestore,
    Restored,
    RestorePlan,
    ScheduleEntry,
    Snapshot,
    SnapshotPreview,
    SnapshotRestored,
)


def blocking(neon: Neon) -> None:
    """The result follows from wait=, and a plan goes wherever a branch goes."""
    plan = neon.plan_restore("main", at=timedelta(minutes=10))
    assert_type(plan, RestorePlan)
    assert_type(neon.restore(plan), Restored)
    assert_type(neon.restore("main", at="2026-11-20T14:31:00Z", wait=True), Restored)
    assert_type(neon.restore("main", lsn=Lsn("0/1"), wait=False), PendingRestore)
    assert_type(neon.wait(neon.restore("main", lsn="0/1", wait=False)), Restored)
    assert_type(neon.rollback("backup", branch="main"), Restored)
    assert_type(neon.rollback(neon.restore(plan), wait=False), PendingRestore)
    assert_type(neon.plan_rollback("backup"), RestorePlan)
    assert_type(neon.backups(), tuple[BackupBranch, ...])
    assert_type(neon.delete_backups(older_than=timedelta(days=7)), Deleted)
    assert_type(neon.connection_string("main", at=timedelta(1)), ConnectionString)
    assert_type(neon.history_window(), HistoryWindow)
    assert_type(neon.set_history_window(timedelta(days=7), timeout=5.0), HistoryWindow)
    snapshot = neon.create_snapshot("main", at=timedelta(1), expires_at=timedelta(days=7))
    assert_type(snapshot, Snapshot)
    assert_type(neon.snapshots(), tuple[Snapshot, ...])
    assert_type(neon.delete_snapshot(snapshot), Snapshot)
    assert_type(neon.restore_snapshot(snapshot, "main"), SnapshotRestored)
    preview = neon.restore_snapshot("name", "main", preview=True)
    assert_type(preview, SnapshotPreview)
    assert_type(neon.finalize_restore(preview), SnapshotRestored)
    daily = ScheduleEntry(frequency="daily", hour=3, keep=timedelta(days=7))
    assert_type(neon.set_snapshot_schedule("main", [daily]), tuple[ScheduleEntry, ...])
    with Neon() as entered:
        assert_type(entered, Neon)


async def asynchronous(neon: AsyncNeon) -> None:
    """The same, awaited."""
    assert_type(await neon.plan_restore("main", lsn="0/1"), RestorePlan)
    assert_type(await neon.restore("main", at=timedelta(1)), Restored)
    assert_type(await neon.restore("main", at=timedelta(1), wait=False), PendingRestore)
    assert_type(await neon.rollback("backup"), Restored)
    assert_type(await neon.restore_snapshot("name", "main"), SnapshotRestored)
    assert_type(await neon.restore_snapshot("name", "main", preview=True), SnapshotPreview)
    assert_type(await neon.snapshot_schedule("main"), tuple[ScheduleEntry, ...])
    assert_type(await neon.rollback("backup", wait=False), PendingRestore)
    async with AsyncNeon() as entered:
        assert_type(entered, AsyncNeon)


def results(restored: Restored, plan: RestorePlan, error: NeonRestoreError) -> None:
    """Attributes have the types that the reference gives."""
    assert_type(restored.backup, Branch | None)
    assert_type(restored.resolved_at, datetime | None)
    assert_type(restored.resolved_lsn, Lsn | None)
    assert_type(restored.duration, timedelta)
    assert_type(restored.stays_behind, tuple[str, ...])
    assert_type(restored.moved_children, tuple[Branch, ...])
    assert_type(plan.point, datetime | Lsn | None)
    assert_type(plan.warnings, tuple[str, ...])
    assert_type(error.pending, PendingRestore | None)
    if isinstance(error, OperationFailed):
        assert_type(error.operation.finished, bool)
    if isinstance(error, OutsideHistoryWindow):
        assert_type(error.window, HistoryWindow | None)


def wrong(neon: Neon) -> None:
    """What is an error at run time is one for the checker, too."""
    neon.restore("main", lsn=7)  # type: ignore[call-overload]
    neon.restore("main", "2026-11-20T14:31:00Z")  # type: ignore[call-overload]
    neon.delete_backups()  # type: ignore[call-arg]
    neon.plan_restore(neon.plan_restore("main"))  # type: ignore[arg-type]
    Neon("key", "project")  # type: ignore[call-arg]
    neon.restore_snapshot("name")  # type: ignore[call-overload]
    neon.set_snapshot_schedule("main")  # type: ignore[call-arg]
    neon.restore("main", wait=False).backup  # type: ignore[attr-defined]  # noqa: B018
