# Generated from tests/typing/blocking.py by tools/generate_async_client.py.
# Do not edit: run `make async`.

"""Type-checking cases of `AsyncNeon`: mypy reads them, nothing runs them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import assert_type

from neon_restore import (
    AsyncNeon,
    BackupBranch,
    ConnectionString,
    DeletionReport,
    HistoryWindow,
    Lsn,
    PendingRestore,
    Restored,
    RestorePlan,
    ScheduleEntry,
    Snapshot,
    SnapshotPreview,
    SnapshotRestored,
)


async def made() -> None:
    """Create clients from the environment or from arguments; close them by hand or in a block."""
    async with AsyncNeon() as entered:
        assert_type(entered, AsyncNeon)
    given = AsyncNeon("key", project_id="project", api_host="https://example.com", timeout=60)
    assert_type(await given.aclose(), None)
    assert_type(AsyncNeon(timeout=timedelta(minutes=1), transport=None), AsyncNeon)
    assert_type(AsyncNeon(progress=print), AsyncNeon)


async def right(neon: AsyncNeon, check: Callable[[ConnectionString], bool]) -> None:
    """Make calls that the type checker accepts."""
    plan = await neon.plan_restore("main", at=timedelta(minutes=10), timeout=5)
    assert_type(plan, RestorePlan)
    done = await neon.restore(plan)
    assert_type(done, Restored)
    pending = await neon.begin_restore(plan)
    assert_type(pending, PendingRestore)
    assert_type(await neon.restore("main", at="2026-11-20T14:31:00Z"), Restored)
    assert_type(await neon.restore("main", at=datetime.now(UTC)), Restored)
    assert_type(await neon.begin_restore("main", lsn=Lsn("0/1")), PendingRestore)
    assert_type(await neon.restore("main", source="dev", backup_name="kept"), Restored)
    assert_type(await neon.restore("dev", source="main", discard_previous_state=True), Restored)
    assert_type(await neon.wait(await neon.begin_restore("main", lsn="0/1")), Restored)
    assert_type(await neon.restore("main", lsn="0/1", unprotect=True), Restored)
    assert_type(await neon.resume(plan), Restored)
    assert_type(await neon.resume(pending, timeout=timedelta(minutes=1)), Restored)
    assert_type(await neon.resume("main", backup_name="kept", protect=True), Restored)
    assert_type(await neon.restore("main", lsn="0/1", verify={"shop": check}), Restored)
    assert_type(await neon.restore("main", lsn="0/1", verify={"shop": [check, print]}), Restored)
    assert_type(await neon.rollback("backup", verify={"shop": check}), Restored)
    assert_type(await neon.schema_diff("main", database="shop", at=timedelta(1)), str)
    assert_type(await neon.schema_diff("main", database="shop", source="dev", lsn="0/1"), str)
    assert_type(await neon.rollback(done), Restored)
    assert_type(await neon.rollback("backup", branch="main"), Restored)
    assert_type(await neon.begin_rollback(done), PendingRestore)
    assert_type(await neon.begin_rollback("backup", backup_name="kept"), PendingRestore)
    assert_type(await neon.plan_rollback(done), RestorePlan)
    assert_type(await neon.plan_rollback("backup", branch="main"), RestorePlan)

    assert_type(await neon.backups(), tuple[BackupBranch, ...])
    assert_type(await neon.backups("main", timeout=timedelta(seconds=5)), tuple[BackupBranch, ...])
    assert_type(await neon.delete_backups(older_than=timedelta(days=7)), DeletionReport)
    assert_type(await neon.delete_backups("main", older_than=timedelta(0)), DeletionReport)
    assert_type(await neon.connection_string("main"), ConnectionString)
    assert_type(
        await neon.connection_string("main", at=timedelta(1), database="shop", role="owner"),
        ConnectionString,
    )
    assert_type(await neon.connection_string("main", lsn="0/1"), ConnectionString)
    assert_type(await neon.history_window(), HistoryWindow)
    assert_type(await neon.history_window("main"), HistoryWindow)
    assert_type(await neon.set_history_window(timedelta(days=7), timeout=5.0), HistoryWindow)

    snapshot = await neon.create_snapshot("main", at=timedelta(1), expires_at=timedelta(days=7))
    assert_type(snapshot, Snapshot)
    assert_type(await neon.create_snapshot("main", lsn="0/1", name="kept"), Snapshot)
    assert_type(await neon.snapshots(), tuple[Snapshot, ...])
    assert_type(await neon.snapshots("main"), tuple[Snapshot, ...])
    assert_type(await neon.delete_snapshot(snapshot), Snapshot)
    assert_type(await neon.restore_snapshot(snapshot, "main"), SnapshotRestored)
    preview = await neon.preview_snapshot("kept", "main", name="look", allow_other_branch=True)
    assert_type(preview, SnapshotPreview)
    assert_type(await neon.finalize_restore(preview), SnapshotRestored)
    assert_type(await neon.finalize_restore("preview"), SnapshotRestored)
    daily = ScheduleEntry(frequency="daily", hour=3, keep=timedelta(days=7))
    assert_type(await neon.set_snapshot_schedule("main", [daily]), tuple[ScheduleEntry, ...])
    assert_type(await neon.snapshot_schedule("main"), tuple[ScheduleEntry, ...])


async def wrong(neon: AsyncNeon, plan: RestorePlan, pending: PendingRestore) -> None:
    """Make calls that fail at run time; the type checker rejects them too."""
    AsyncNeon("key", "project")  # type: ignore[call-arg]
    AsyncNeon(progress=lambda one, two: None)  # type: ignore[misc, arg-type]
    AsyncNeon(timeout="60")  # type: ignore[arg-type]
    await neon.plan_restore(plan)  # type: ignore[arg-type]
    await neon.plan_restore("main", at=7)  # type: ignore[arg-type]
    await neon.restore("main", lsn=7)  # type: ignore[arg-type]
    await neon.restore("main", "2026-11-20T14:31:00Z")  # type: ignore[call-arg]
    begun = await neon.begin_restore("main")
    begun.backup  # type: ignore[attr-defined]  # noqa: B018
    await neon.wait("main")  # type: ignore[arg-type]
    await neon.restore("main", lsn="0/1", verify=print)  # type: ignore[arg-type]
    await neon.schema_diff("main")  # type: ignore[call-arg]
    await neon.resume(7)  # type: ignore[arg-type]
    await neon.rollback(pending)  # type: ignore[arg-type]
    await neon.rollback(plan)  # type: ignore[arg-type]
    await neon.plan_rollback(pending)  # type: ignore[arg-type]
    await neon.backups(7)  # type: ignore[arg-type]
    await neon.delete_backups()  # type: ignore[call-arg]
    await neon.delete_backups(older_than=7)  # type: ignore[arg-type]
    await neon.connection_string()  # type: ignore[call-arg]
    await neon.connection_string("main", "shop")  # type: ignore[call-arg]
    await neon.history_window(at=timedelta(1))  # type: ignore[call-arg]
    await neon.set_history_window(7)  # type: ignore[arg-type]
    await neon.begin_restore("main", verify={"shop": print})  # type: ignore[call-arg]
    await neon.begin_rollback("backup", verify={"shop": print})  # type: ignore[call-arg]
    await neon.snapshots(7)  # type: ignore[arg-type]
    await neon.create_snapshot()  # type: ignore[call-arg]
    await neon.delete_snapshot(7)  # type: ignore[arg-type]
    await neon.restore_snapshot("kept")  # type: ignore[call-arg]
    await neon.preview_snapshot("kept", preview_name="look")  # type: ignore[call-arg]
    await neon.finalize_restore(7)  # type: ignore[arg-type]
    await neon.snapshot_schedule()  # type: ignore[call-arg]
    await neon.set_snapshot_schedule("main")  # type: ignore[call-arg]
