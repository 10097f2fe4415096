"""Type-checking cases of `Neon`: mypy reads them, nothing runs them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import assert_type

from neon_restore import (
    BackupBranch,
    Branch,
    Checks,
    ConnectionString,
    DeletionReport,
    Endpoint,
    HistoryWindow,
    Lsn,
    Neon,
    Operation,
    PendingRestore,
    Restored,
    RestorePlan,
    ScheduleEntry,
    Snapshot,
    SnapshotPreview,
    SnapshotRestored,
)
from neon_restore.checks import has_rows, same_rows
from neon_restore.rows import compare_rows


def made() -> None:
    """Create clients from the environment or from arguments; close them by hand or in a block."""
    with Neon() as entered:
        assert_type(entered, Neon)
    given = Neon("key", project_id="project", api_host="https://example.com", timeout=60)
    assert_type(given.close(), None)
    assert_type(Neon(timeout=timedelta(minutes=1), transport=None), Neon)
    assert_type(Neon(progress=print, user_agent="my-tool/1.2"), Neon)


def right(neon: Neon, check: Callable[[ConnectionString], bool]) -> None:
    """Make calls that the type checker accepts."""
    plan = neon.plan_restore("main", at=timedelta(minutes=10), timeout=5)
    assert_type(plan, RestorePlan)
    counted = neon.plan_restore("main", lsn="0/1", rows=compare_rows(limit=1000, timeout=5))
    done = neon.restore(counted, verify={"shop": [same_rows(counted), has_rows("orders")]})
    assert_type(done, Restored)
    pending = neon.begin_restore(plan)
    assert_type(pending, PendingRestore)
    assert_type(neon.restore("main", at="2026-11-20T14:31:00Z"), Restored)
    assert_type(neon.restore("main", at=datetime.now(UTC)), Restored)
    assert_type(neon.begin_restore("main", lsn=Lsn("0/1")), PendingRestore)
    assert_type(neon.restore("main", source="dev", backup_name="kept"), Restored)
    assert_type(neon.restore("dev", source="main", discard_previous_state=True), Restored)
    assert_type(neon.wait(neon.begin_restore("main", lsn="0/1")), Restored)
    assert_type(neon.restore("main", lsn="0/1", unprotect=True), Restored)
    assert_type(neon.resume(plan), Restored)
    assert_type(neon.resume(pending, timeout=timedelta(minutes=1)), Restored)
    assert_type(neon.resume("main", backup_name="kept", protect=True), Restored)
    assert_type(neon.restore("main", lsn="0/1", verify={"shop": check}), Restored)
    assert_type(neon.restore("main", lsn="0/1", verify={"shop": [check, print]}), Restored)
    assert_type(neon.rollback("backup", verify={"shop": check}), Restored)
    assert_type(neon.schema_diff("main", database="shop", at=timedelta(1)), str)
    assert_type(neon.schema_diff("main", database="shop", source="dev", lsn="0/1"), str)
    assert_type(neon.rollback(done), Restored)
    assert_type(neon.rollback("backup", branch="main"), Restored)
    assert_type(neon.begin_rollback(done), PendingRestore)
    assert_type(neon.begin_rollback("backup", backup_name="kept"), PendingRestore)
    assert_type(neon.plan_rollback(done), RestorePlan)
    assert_type(neon.plan_rollback("backup", branch="main", rows=compare_rows()), RestorePlan)

    assert_type(neon.backups(), tuple[BackupBranch, ...])
    assert_type(neon.backups("main", timeout=timedelta(seconds=5)), tuple[BackupBranch, ...])
    assert_type(neon.delete_backups(older_than=timedelta(days=7)), DeletionReport)
    assert_type(neon.delete_backups("main", older_than=timedelta(0)), DeletionReport)
    made = neon.create_branch("copy", source="main", at=timedelta(1), compute=False)
    assert_type(made, Branch)
    assert_type(neon.create_branch("copy", lsn="0/1", timeout=5), Branch)
    assert_type(neon.delete_branch(made.id), Branch)
    compute = neon.add_compute("copy")
    assert_type(compute, Endpoint)
    assert_type(neon.remove_compute(compute), Endpoint)
    assert_type(neon.remove_compute("copy"), Endpoint)
    assert_type(neon.connection_string("main"), ConnectionString)
    assert_type(
        neon.connection_string("main", at=timedelta(1), database="shop", role="owner"),
        ConnectionString,
    )
    assert_type(neon.connection_string("main", lsn="0/1"), ConnectionString)
    assert_type(neon.history_window(), HistoryWindow)
    assert_type(neon.history_window("main"), HistoryWindow)
    assert_type(neon.set_history_window(timedelta(days=7), timeout=5.0), HistoryWindow)

    snapshot = neon.create_snapshot("main", at=timedelta(1), expires_at=timedelta(days=7))
    assert_type(snapshot, Snapshot)
    assert_type(neon.create_snapshot("main", lsn="0/1", name="kept"), Snapshot)
    assert_type(neon.snapshots(), tuple[Snapshot, ...])
    assert_type(neon.snapshots("main"), tuple[Snapshot, ...])
    assert_type(neon.delete_snapshot(snapshot), Snapshot)
    assert_type(neon.restore_snapshot(snapshot, "main"), SnapshotRestored)
    preview = neon.preview_snapshot("kept", "main", name="look", allow_other_branch=True)
    assert_type(preview, SnapshotPreview)
    assert_type(neon.finalize_restore(preview), SnapshotRestored)
    assert_type(neon.finalize_restore("preview"), SnapshotRestored)
    daily = ScheduleEntry(frequency="daily", hour=3, keep=timedelta(days=7))
    assert_type(neon.set_snapshot_schedule("main", [daily]), tuple[ScheduleEntry, ...])
    assert_type(neon.snapshot_schedule("main"), tuple[ScheduleEntry, ...])


def interchanged(
    neon: Neon, branch: Branch, backup: BackupBranch, pending: PendingRestore, done: Restored
) -> None:
    """Pass what one method returns to another."""
    for each in (branch, backup):
        assert_type(neon.restore(each, at=timedelta(1)), Restored)
        assert_type(neon.plan_restore("main", source=each), RestorePlan)
        assert_type(neon.rollback(each), Restored)
        assert_type(neon.backups(each), tuple[BackupBranch, ...])
        assert_type(neon.connection_string(each, pooled=True), ConnectionString)
        assert_type(neon.create_snapshot(each), Snapshot)
    assert_type(neon.wait(done), Restored)
    assert_type(neon.resume(done), Restored)
    assert_type(neon.resume(branch), Restored)
    assert_type(neon.rollback(pending), Restored)
    assert_type(neon.finalize_restore(branch), SnapshotRestored)
    assert_type(neon.where, str)
    assert_type(neon.project_id, str)
    assert_type(neon.branches(), tuple[Branch, ...])
    assert_type(neon.operations(timeout=5), tuple[Operation, ...])
    assert_type(PendingRestore.from_json(pending.to_json()), PendingRestore)


def checking(neon: Neon, checks: Checks) -> None:
    """Annotate what `verify` takes."""
    assert_type(neon.restore("main", lsn="0/1", verify=checks), Restored)


def wrong(neon: Neon, plan: RestorePlan, pending: PendingRestore, backup: BackupBranch) -> None:
    """Make calls that fail at run time; the type checker rejects them too."""
    Neon("key", "project")  # type: ignore[call-arg]
    Neon(progress=lambda one, two: None)  # type: ignore[misc, arg-type]
    Neon(timeout="60")  # type: ignore[arg-type]
    neon.plan_restore(plan)  # type: ignore[arg-type]
    neon.plan_restore("main", lsn="0/1", rows=compare_rows)  # type: ignore[arg-type]
    neon.restore("main", lsn="0/1", rows=compare_rows())  # type: ignore[call-arg]
    neon.plan_restore("main", at=7)  # type: ignore[arg-type]
    neon.restore("main", lsn=7)  # type: ignore[arg-type]
    neon.restore("main", "2026-11-20T14:31:00Z")  # type: ignore[call-arg]
    begun = neon.begin_restore("main")
    begun.backup  # type: ignore[attr-defined]  # noqa: B018
    neon.wait("main")  # type: ignore[arg-type]
    neon.restore("main", lsn="0/1", verify=print)  # type: ignore[arg-type]
    neon.schema_diff("main")  # type: ignore[call-arg]
    neon.resume(7)  # type: ignore[arg-type]
    neon.restore(pending)  # type: ignore[arg-type]
    neon.restore(None, source="main")  # type: ignore[arg-type]
    neon.wait(plan)  # type: ignore[arg-type]
    neon.where = "Neon"  # type: ignore[misc]
    neon.project_id = "other"  # type: ignore[misc]
    neon.branches(branch="main")  # type: ignore[call-arg]
    neon.operations(branch="main")  # type: ignore[call-arg]
    neon.resume(backup)  # type: ignore[arg-type]
    neon.connection_string("main", pooled="yes")  # type: ignore[arg-type]
    neon.rollback(plan)  # type: ignore[arg-type]
    neon.plan_rollback(7)  # type: ignore[arg-type]
    neon.backups(7)  # type: ignore[arg-type]
    neon.delete_backups()  # type: ignore[call-arg]
    neon.delete_backups(older_than=7)  # type: ignore[arg-type]
    neon.create_branch()  # type: ignore[call-arg]
    neon.create_branch("copy", "main")  # type: ignore[call-arg]
    neon.delete_branch(7)  # type: ignore[arg-type]
    neon.add_compute()  # type: ignore[call-arg]
    neon.remove_compute(7)  # type: ignore[arg-type]
    neon.connection_string()  # type: ignore[call-arg]
    neon.connection_string("main", "shop")  # type: ignore[call-arg]
    neon.history_window(at=timedelta(1))  # type: ignore[call-arg]
    neon.set_history_window(7)  # type: ignore[arg-type]
    neon.begin_restore("main", verify={"shop": print})  # type: ignore[call-arg]
    neon.begin_rollback("backup", verify={"shop": print})  # type: ignore[call-arg]
    neon.snapshots(7)  # type: ignore[arg-type]
    neon.create_snapshot()  # type: ignore[call-arg]
    neon.delete_snapshot(7)  # type: ignore[arg-type]
    neon.restore_snapshot("kept")  # type: ignore[call-arg]
    neon.preview_snapshot("kept", preview_name="look")  # type: ignore[call-arg]
    neon.finalize_restore(7)  # type: ignore[arg-type]
    neon.snapshot_schedule()  # type: ignore[call-arg]
    neon.set_snapshot_schedule("main")  # type: ignore[call-arg]
