"""Type-checking cases of results and errors: mypy reads them, nothing runs them."""

from datetime import datetime, timedelta
from typing import Any, assert_type

from neon_restore import (
    BackupBranch,
    Branch,
    CheckFailed,
    ConnectionString,
    Database,
    DeletionReport,
    Endpoint,
    Finished,
    HistoryWindow,
    Lsn,
    NeonRestoreError,
    Operation,
    OperationFailed,
    OutsideHistoryWindow,
    PendingRestore,
    Progress,
    RefusedDeletion,
    Restored,
    RestorePlan,
    Retrying,
    TableRows,
    TimedOut,
    UnknownName,
    WrongType,
)


def plan_and_result(plan: RestorePlan, restored: Restored) -> None:
    """Check that attributes have the types in the reference."""
    assert_type(plan.destination, Branch)
    assert_type(plan.source, Branch)
    assert_type(plan.point, datetime | Lsn | None)
    assert_type(plan.backup_name, str | None)
    assert_type(plan.databases, tuple[Database, ...])
    assert_type(plan.endpoints, tuple[Endpoint, ...])
    assert_type(plan.rows, tuple[TableRows, ...])
    assert_type(plan.rows[0].goes, int | None)
    assert_type(plan.warnings, tuple[str, ...])
    assert_type(restored.backup, Branch | None)
    assert_type(restored.intent, PendingRestore)
    assert_type(restored.operations, tuple[Operation, ...])
    assert_type(restored.resolved_at, datetime | None)
    assert_type(restored.resolved_lsn, Lsn | None)
    assert_type(restored.duration, timedelta)
    assert_type(restored.stays_behind, tuple[str, ...])
    assert_type(restored.moved_children, tuple[Branch, ...])
    restored.backup.id  # type: ignore[union-attr]  # noqa: B018
    plan.backup_name = "another"  # type: ignore[misc]


def the_rest(deleted: DeletionReport, window: HistoryWindow, uri: ConnectionString) -> None:
    """Check backup branches, the history window, and the parts of a connection string."""
    assert_type(deleted.deleted, tuple[BackupBranch, ...])
    assert_type(deleted.refused, tuple[RefusedDeletion, ...])
    assert_type(deleted.kept[0].created_at, datetime)
    assert_type(window.start, datetime)
    assert_type(window.retention, timedelta)
    assert_type(str(uri), str)
    assert_type(uri.options, str | None)
    assert_type(int(Lsn("0/1")), int)
    assert_type(Lsn("0/1") < Lsn("0/2"), bool)
    uri.password  # type: ignore[attr-defined]  # noqa: B018
    "".join(uri)  # type: ignore[arg-type]


def events(event: Progress) -> None:
    """Check the progress events of a call."""
    assert_type(str(event), str)
    assert_type(event.after, timedelta)
    if isinstance(event, Retrying):
        assert_type(event.pause, timedelta)
    if isinstance(event, Finished):
        assert_type(event.restored, Restored)


def errors(error: NeonRestoreError) -> None:
    """Check that the attributes of an error follow from its class."""
    assert_type(error.changed, str)
    assert_type(error.status, int | None)
    assert_type(error.pending, PendingRestore | None)
    error.operation  # type: ignore[attr-defined]  # noqa: B018
    if isinstance(error, CheckFailed):
        assert_type(error.restored, Restored | None)
    if isinstance(error, OperationFailed):
        assert_type(error.operation.finished, bool)
    if isinstance(error, OutsideHistoryWindow):
        assert_type(error.window, HistoryWindow | None)
    if isinstance(error, TimedOut):
        timeout: TimeoutError = error
        assert_type(timeout.errno, int | None)
    if isinstance(error, WrongType):
        wrong: TypeError = error
        assert_type(wrong.args[0], Any)
    if isinstance(error, UnknownName):
        assert_type(error.close, tuple[str, ...])
