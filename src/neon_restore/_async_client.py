"""The asynchronous client: the flows of `Neon`, driven by `httpx.AsyncClient`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import httpx

from neon_restore._branches import backups, connection, history, schema_diff
from neon_restore._branches.points import parse_point
from neon_restore._http.auth import read_api_key
from neon_restore._http.config import DEFAULT_TIMEOUT, BaseNeon, read_config
from neon_restore._http.flow import run_async
from neon_restore._restore import plan, restore, resume
from neon_restore._restore.request import restore_request, rollback_request
from neon_restore._snapshots import restore as snapshot_restore
from neon_restore._snapshots import snapshots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, timedelta

    from neon_restore._events import Progress
    from neon_restore._http.connection_string import ConnectionString
    from neon_restore._models.backups import BackupBranch, DeletionReport
    from neon_restore._models.points import HistoryWindow, Lsn
    from neon_restore._models.restores import PendingRestore, Restored, RestorePlan
    from neon_restore._restore.verify import Checks
    from neon_restore._snapshots.models import (
        ScheduleEntry,
        Snapshot,
        SnapshotPreview,
        SnapshotRestored,
    )


class AsyncNeon(BaseNeon):
    """`Neon` for asyncio: the same calls, to be awaited, and the same arguments and errors.

    Use it in an `async with` block, or await `aclose` at the end.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        project_id: str | None = None,
        api_host: str | None = None,
        timeout: timedelta | float = DEFAULT_TIMEOUT,
        progress: Callable[[Progress], object] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        key = read_api_key(api_key)
        del api_key  # so that no traceback through here shows it
        self._progress = progress
        self._settings = read_config(key, project_id, api_host, timeout)
        self._http = httpx.AsyncClient(transport=transport, **self._settings.http())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections to the API."""
        await self._http.aclose()

    async def plan_restore(
        self,
        branch: str,
        *,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        source: str | None = None,
        backup_name: str | None = None,
        discard_previous_state: bool = False,
        unprotect: bool = False,
        timeout: timedelta | float | None = None,
    ) -> RestorePlan:
        """As `Neon.plan_restore`."""
        ctx = self._context(timeout)
        request = restore_request(
            ctx, branch, at, lsn, source, backup_name, discard_previous_state, unprotect
        )
        return await run_async(plan.plan(ctx, request), self._http)

    async def schema_diff(
        self,
        branch: str,
        *,
        database: str,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        source: str | None = None,
        timeout: timedelta | float | None = None,
    ) -> str:
        """As `Neon.schema_diff`."""
        ctx, asked = self._context(timeout), parse_point(at, lsn)
        return await run_async(
            schema_diff.schema_diff(ctx, branch, asked, source, database), self._http
        )

    async def restore(
        self,
        branch: str | RestorePlan,
        *,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        source: str | None = None,
        backup_name: str | None = None,
        discard_previous_state: bool = False,
        unprotect: bool = False,
        verify: Checks | None = None,
        timeout: timedelta | float | None = None,
    ) -> Restored:
        """As `Neon.restore`."""
        ctx = self._context(timeout)
        request = restore_request(
            ctx, branch, at, lsn, source, backup_name, discard_previous_state, unprotect
        )
        return await run_async(restore.restore(ctx, request, verify), self._http)

    async def begin_restore(
        self,
        branch: str | RestorePlan,
        *,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        source: str | None = None,
        backup_name: str | None = None,
        discard_previous_state: bool = False,
        unprotect: bool = False,
        timeout: timedelta | float | None = None,
    ) -> PendingRestore:
        """As `Neon.begin_restore`."""
        ctx = self._context(timeout)
        request = restore_request(
            ctx, branch, at, lsn, source, backup_name, discard_previous_state, unprotect
        )
        return await run_async(restore.begin(ctx, request), self._http)

    async def wait(
        self, pending: PendingRestore, *, timeout: timedelta | float | None = None
    ) -> Restored:
        """As `Neon.wait`."""
        return await run_async(resume.wait(self._context(timeout), pending), self._http)

    async def resume(
        self,
        begun: str | RestorePlan | PendingRestore,
        *,
        backup_name: str | None = None,
        protect: bool = False,
        timeout: timedelta | float | None = None,
    ) -> Restored:
        """As `Neon.resume`."""
        return await run_async(
            resume.resume(self._context(timeout), begun, backup_name, protect), self._http
        )

    async def rollback(
        self,
        undo: Restored | str,
        *,
        branch: str | None = None,
        backup_name: str | None = None,
        unprotect: bool = False,
        verify: Checks | None = None,
        timeout: timedelta | float | None = None,
    ) -> Restored:
        """As `Neon.rollback`."""
        ctx = self._context(timeout)
        request = rollback_request(ctx, undo, branch, backup_name, unprotect)
        return await run_async(restore.restore(ctx, request, verify), self._http)

    async def begin_rollback(
        self,
        undo: Restored | str,
        *,
        branch: str | None = None,
        backup_name: str | None = None,
        unprotect: bool = False,
        timeout: timedelta | float | None = None,
    ) -> PendingRestore:
        """As `Neon.begin_rollback`."""
        ctx = self._context(timeout)
        request = rollback_request(ctx, undo, branch, backup_name, unprotect)
        return await run_async(restore.begin(ctx, request), self._http)

    async def plan_rollback(
        self,
        undo: Restored | str,
        *,
        branch: str | None = None,
        backup_name: str | None = None,
        unprotect: bool = False,
        timeout: timedelta | float | None = None,
    ) -> RestorePlan:
        """As `Neon.plan_rollback`."""
        ctx = self._context(timeout)
        request = rollback_request(ctx, undo, branch, backup_name, unprotect)
        return await run_async(plan.plan(ctx, request), self._http)

    async def backups(
        self, branch: str | None = None, *, timeout: timedelta | float | None = None
    ) -> tuple[BackupBranch, ...]:
        """As `Neon.backups`."""
        return await run_async(backups.list_backups(self._context(timeout), branch), self._http)

    async def delete_backups(
        self,
        branch: str | None = None,
        *,
        older_than: timedelta,
        timeout: timedelta | float | None = None,
    ) -> DeletionReport:
        """As `Neon.delete_backups`."""
        return await run_async(
            backups.delete_backups(self._context(timeout), branch, older_than), self._http
        )

    async def connection_string(
        self,
        branch: str,
        *,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        database: str | None = None,
        role: str | None = None,
        timeout: timedelta | float | None = None,
    ) -> ConnectionString:
        """As `Neon.connection_string`."""
        asked = parse_point(at, lsn)
        flow = connection.connection_string(self._context(timeout), branch, asked, database, role)
        return await run_async(flow, self._http)

    async def history_window(
        self, branch: str | None = None, *, timeout: timedelta | float | None = None
    ) -> HistoryWindow:
        """As `Neon.history_window`."""
        return await run_async(history.history_window(self._context(timeout), branch), self._http)

    async def set_history_window(
        self, length: timedelta, *, timeout: timedelta | float | None = None
    ) -> HistoryWindow:
        """As `Neon.set_history_window`."""
        return await run_async(
            history.set_history_window(self._context(timeout), length), self._http
        )

    async def snapshots(
        self, branch: str | None = None, *, timeout: timedelta | float | None = None
    ) -> tuple[Snapshot, ...]:
        """As `Neon.snapshots`."""
        return await run_async(snapshots.list_snapshots(self._context(timeout), branch), self._http)

    async def create_snapshot(
        self,
        branch: str,
        *,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        name: str | None = None,
        expires_at: datetime | timedelta | str | None = None,
        timeout: timedelta | float | None = None,
    ) -> Snapshot:
        """As `Neon.create_snapshot`."""
        asked, expiry = parse_point(at, lsn), snapshots.parse_expiry(expires_at)
        flow = snapshots.create(self._context(timeout), branch, asked, name, expiry)
        return await run_async(flow, self._http)

    async def delete_snapshot(
        self, snapshot: Snapshot | str, *, timeout: timedelta | float | None = None
    ) -> Snapshot:
        """As `Neon.delete_snapshot`."""
        return await run_async(snapshots.delete(self._context(timeout), snapshot), self._http)

    async def restore_snapshot(
        self,
        snapshot: Snapshot | str,
        branch: str,
        *,
        allow_other_branch: bool = False,
        timeout: timedelta | float | None = None,
    ) -> SnapshotRestored:
        """As `Neon.restore_snapshot`."""
        flow = snapshot_restore.restore(
            self._context(timeout), snapshot, branch, allow_other_branch
        )
        return await run_async(flow, self._http)

    async def preview_snapshot(
        self,
        snapshot: Snapshot | str,
        branch: str,
        *,
        name: str | None = None,
        allow_other_branch: bool = False,
        timeout: timedelta | float | None = None,
    ) -> SnapshotPreview:
        """As `Neon.preview_snapshot`."""
        flow = snapshot_restore.preview(
            self._context(timeout), snapshot, branch, name, allow_other_branch
        )
        return await run_async(flow, self._http)

    async def finalize_restore(
        self, preview: SnapshotPreview | str, *, timeout: timedelta | float | None = None
    ) -> SnapshotRestored:
        """As `Neon.finalize_restore`."""
        return await run_async(
            snapshot_restore.finalize(self._context(timeout), preview), self._http
        )

    async def snapshot_schedule(
        self, branch: str, *, timeout: timedelta | float | None = None
    ) -> tuple[ScheduleEntry, ...]:
        """As `Neon.snapshot_schedule`."""
        return await run_async(snapshots.get_schedule(self._context(timeout), branch), self._http)

    async def set_snapshot_schedule(
        self,
        branch: str,
        schedule: Iterable[ScheduleEntry],
        *,
        timeout: timedelta | float | None = None,
    ) -> tuple[ScheduleEntry, ...]:
        """As `Neon.set_snapshot_schedule`."""
        return await run_async(
            snapshots.set_schedule(self._context(timeout), branch, schedule), self._http
        )
