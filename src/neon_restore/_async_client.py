"""The asynchronous client: the flows of `Neon`, driven by `httpx.AsyncClient`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self, overload

import httpx

from . import (
    _backups,
    _compare,
    _connect,
    _history,
    _restore,
    _resume,
    _snapshot_restore,
    _snapshots,
)
from ._flow import adrive
from ._points import asked_point
from ._request import of_restore, of_rollback
from ._secrets import given_key
from ._settings import TIMEOUT, Client, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, timedelta

    from ._history import HistoryWindow
    from ._points import Lsn
    from ._progress import Progress
    from ._results import BackupBranch, Deleted, PendingRestore, Restored, RestorePlan
    from ._secrets import ConnectionString
    from ._snapshot_results import ScheduleEntry, Snapshot, SnapshotPreview, SnapshotRestored
    from ._verify import Checks


class AsyncNeon(Client):
    """`Neon` for asyncio: the same calls, to be awaited, and the same arguments and errors.

    Use it in an `async with` block, or await `aclose` at the end.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        project_id: str | None = None,
        api_host: str | None = None,
        timeout: timedelta | float = TIMEOUT,
        progress: Callable[[Progress], object] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        key = given_key(api_key)
        del api_key  # so that no traceback through here shows it
        self._progress = progress
        self._settings = settings(key, project_id, api_host, timeout)
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
        run = self._run(timeout)
        request = of_restore(
            run, branch, at, lsn, source, backup_name, discard_previous_state, unprotect
        )
        return await adrive(_restore.plan(run, request), self._http)

    async def compare(
        self,
        branch: str,
        *,
        database: str,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        source: str | None = None,
        timeout: timedelta | float | None = None,
    ) -> str:
        """As `Neon.compare`."""
        run, asked = self._run(timeout), asked_point(at, lsn)
        return await adrive(_compare.compare(run, branch, asked, source, database), self._http)

    @overload
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
        wait: Literal[True] = True,
        timeout: timedelta | float | None = None,
    ) -> Restored: ...

    @overload
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
        wait: Literal[False],
        timeout: timedelta | float | None = None,
    ) -> PendingRestore: ...

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
        wait: bool = True,
        timeout: timedelta | float | None = None,
    ) -> Restored | PendingRestore:
        """As `Neon.restore`."""
        run = self._run(timeout)
        request = of_restore(
            run, branch, at, lsn, source, backup_name, discard_previous_state, unprotect
        )
        return await adrive(_restore.restore(run, request, wait=wait, verify=verify), self._http)

    async def wait(
        self, pending: PendingRestore, *, timeout: timedelta | float | None = None
    ) -> Restored:
        """As `Neon.wait`."""
        return await adrive(_resume.wait(self._run(timeout), pending), self._http)

    async def resume(
        self,
        begun: str | RestorePlan | PendingRestore,
        *,
        backup_name: str | None = None,
        protect: bool = False,
        timeout: timedelta | float | None = None,
    ) -> Restored:
        """As `Neon.resume`."""
        flow = _resume.resume(self._run(timeout), begun, backup_name, protect)
        return await adrive(flow, self._http)

    @overload
    async def rollback(
        self,
        undo: Restored | str,
        *,
        branch: str | None = None,
        backup_name: str | None = None,
        unprotect: bool = False,
        verify: Checks | None = None,
        wait: Literal[True] = True,
        timeout: timedelta | float | None = None,
    ) -> Restored: ...

    @overload
    async def rollback(
        self,
        undo: Restored | str,
        *,
        branch: str | None = None,
        backup_name: str | None = None,
        unprotect: bool = False,
        wait: Literal[False],
        timeout: timedelta | float | None = None,
    ) -> PendingRestore: ...

    async def rollback(
        self,
        undo: Restored | str,
        *,
        branch: str | None = None,
        backup_name: str | None = None,
        unprotect: bool = False,
        verify: Checks | None = None,
        wait: bool = True,
        timeout: timedelta | float | None = None,
    ) -> Restored | PendingRestore:
        """As `Neon.rollback`."""
        run = self._run(timeout)
        request = of_rollback(run, undo, branch, backup_name, unprotect)
        return await adrive(_restore.restore(run, request, wait=wait, verify=verify), self._http)

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
        run = self._run(timeout)
        request = of_rollback(run, undo, branch, backup_name, unprotect)
        return await adrive(_restore.plan(run, request), self._http)

    async def backups(
        self, branch: str | None = None, *, timeout: timedelta | float | None = None
    ) -> tuple[BackupBranch, ...]:
        """As `Neon.backups`."""
        return await adrive(_backups.list_backups(self._run(timeout), branch), self._http)

    async def delete_backups(
        self,
        branch: str | None = None,
        *,
        older_than: timedelta,
        timeout: timedelta | float | None = None,
    ) -> Deleted:
        """As `Neon.delete_backups`."""
        return await adrive(
            _backups.delete_backups(self._run(timeout), branch, older_than), self._http
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
        asked = asked_point(at, lsn)
        flow = _connect.connection_string(self._run(timeout), branch, asked, database, role)
        return await adrive(flow, self._http)

    async def history_window(
        self, branch: str | None = None, *, timeout: timedelta | float | None = None
    ) -> HistoryWindow:
        """As `Neon.history_window`."""
        return await adrive(_history.history_window(self._run(timeout), branch), self._http)

    async def set_history_window(
        self, length: timedelta, *, timeout: timedelta | float | None = None
    ) -> HistoryWindow:
        """As `Neon.set_history_window`."""
        return await adrive(_history.set_history_window(self._run(timeout), length), self._http)

    async def snapshots(
        self, branch: str | None = None, *, timeout: timedelta | float | None = None
    ) -> tuple[Snapshot, ...]:
        """As `Neon.snapshots`."""
        return await adrive(_snapshots.list_snapshots(self._run(timeout), branch), self._http)

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
        asked, expiry = asked_point(at, lsn), _snapshots.asked_expiry(expires_at)
        flow = _snapshots.create(self._run(timeout), branch, asked, name, expiry)
        return await adrive(flow, self._http)

    async def delete_snapshot(
        self, snapshot: Snapshot | str, *, timeout: timedelta | float | None = None
    ) -> Snapshot:
        """As `Neon.delete_snapshot`."""
        return await adrive(_snapshots.delete(self._run(timeout), snapshot), self._http)

    @overload
    async def restore_snapshot(
        self,
        snapshot: Snapshot | str,
        branch: str,
        *,
        preview: Literal[False] = False,
        of_other_branch: bool = False,
        timeout: timedelta | float | None = None,
    ) -> SnapshotRestored: ...

    @overload
    async def restore_snapshot(
        self,
        snapshot: Snapshot | str,
        branch: str,
        *,
        preview: Literal[True],
        preview_name: str | None = None,
        of_other_branch: bool = False,
        timeout: timedelta | float | None = None,
    ) -> SnapshotPreview: ...

    async def restore_snapshot(
        self,
        snapshot: Snapshot | str,
        branch: str,
        *,
        preview: bool = False,
        preview_name: str | None = None,
        of_other_branch: bool = False,
        timeout: timedelta | float | None = None,
    ) -> SnapshotRestored | SnapshotPreview:
        """As `Neon.restore_snapshot`."""
        flow = _snapshot_restore.restore(
            self._run(timeout),
            snapshot,
            branch,
            preview=preview,
            preview_name=preview_name,
            of_other_branch=of_other_branch,
        )
        return await adrive(flow, self._http)

    async def finalize_restore(
        self, preview: SnapshotPreview | str, *, timeout: timedelta | float | None = None
    ) -> SnapshotRestored:
        """As `Neon.finalize_restore`."""
        return await adrive(_snapshot_restore.finalize(self._run(timeout), preview), self._http)

    async def snapshot_schedule(
        self, branch: str, *, timeout: timedelta | float | None = None
    ) -> tuple[ScheduleEntry, ...]:
        """As `Neon.snapshot_schedule`."""
        return await adrive(_snapshots.schedule_of(self._run(timeout), branch), self._http)

    async def set_snapshot_schedule(
        self,
        branch: str,
        schedule: Iterable[ScheduleEntry],
        *,
        timeout: timedelta | float | None = None,
    ) -> tuple[ScheduleEntry, ...]:
        """As `Neon.set_snapshot_schedule`."""
        return await adrive(
            _snapshots.set_schedule(self._run(timeout), branch, schedule), self._http
        )
