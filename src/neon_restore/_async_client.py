# Generated from src/neon_restore/_client.py by tools/generate_async_client.py.
# Do not edit: run `make async`.

"""The asynchronous client."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Self, TypeVar, get_type_hints

import httpx

from neon_restore._branches import backups, changes, connection, history
from neon_restore._branches.points import parse_point
from neon_restore._events import Progress
from neon_restore._http import endpoints
from neon_restore._http.arguments import check_arguments, check_types
from neon_restore._http.auth import read_api_key
from neon_restore._http.clients import async_client
from neon_restore._http.config import DEFAULT_TIMEOUT, BaseNeon, read_config
from neon_restore._http.connection_string import ConnectionString
from neon_restore._http.flow import Flow, run_async
from neon_restore._models.api import Branch, Endpoint, Operation
from neon_restore._models.backups import BackupBranch, DeletionReport
from neon_restore._models.points import HistoryWindow, Lsn
from neon_restore._models.restores import PendingRestore, Restored, RestorePlan
from neon_restore._restore import plan, restore, resume
from neon_restore._restore.plan import CompareRows
from neon_restore._restore.request import restore_request, rollback_request
from neon_restore._restore.verify import Checks
from neon_restore._snapshots import restore as snapshot_restore
from neon_restore._snapshots import snapshots
from neon_restore._snapshots.models import (
    ScheduleEntry,
    Snapshot,
    SnapshotPreview,
    SnapshotRestored,
)

T = TypeVar("T")


@check_arguments
class AsyncNeon(BaseNeon):
    """A client for asyncio and trio that restores branches of one Neon project.

    Use it in an `async with` block, or await `aclose` at the end.
    It can be shared between tasks and event loops.

    Methods take a branch by id or name, or as a `Branch` or `BackupBranch`, whose id counts. A
    point in time is an aware `datetime`, RFC 3339 text with a zone, a `timedelta` back from the
    moment of the call by the server's clock (to the second), or an `Lsn`. Times in results are in
    UTC. An argument of another type raises `WrongType`, a `TypeError`, before anything is sent.
    Each method can raise `NeonError` for an error status, `NoAnswer` if Neon cannot be reached or
    does not respond, and `UnexpectedAnswer` for a response that is not in the form that Neon
    documents.

    Each call has one deadline for all its requests, in seconds or as a `timedelta`.
    With 423, 429 and 503, Neon says that it did nothing, so the client retries until the
    deadline. It pauses 0.5 s, then longer up to 5 s, give or take a quarter, and at least as long
    as `Retry-After` says. A request without a response is retried at most three times, and only
    if it is idempotent or never left. A request that changes something gets 75 s, past the
    deadline too: giving up sooner would leave the outcome unknown. So a call ends by its deadline
    and 75 s, and one that has to protect a branch again up to 120 s later, for as long as Neon is
    busy. `restore` says what it does when that response is lost.

    Each request has a connection of its own. Redirects are not followed, cookies are not kept,
    and a response of more than 10 MiB is not read.

    Args:
        api_key: The API key; by default from `NEON_API_KEY`. It is sent in the `Authorization`
            header and never shown in text.
        project_id: The project's id; by default from `NEON_PROJECT_ID`.
        api_host: The URL of the API; by default from `NEON_API_HOST`, or else Neon's.
            Plain http is accepted for loopback only.
        timeout: The default deadline of a call; ten minutes if not given.
        progress: Called, and not awaited, with each `Progress` event of a call.
            If it raises, the exception is logged and the call goes on.
        user_agent: The name and version of your tool, such as `my-tool/1.2`. It comes first in
            the `User-Agent` header, before those of this library and of httpx.
        transport: An asynchronous httpx transport, for tests and special networks. Without one, the
            environment's proxies and certificates are used, but not for loopback. The deadline
            may not interrupt a given transport: then it counts between two reads.

    Raises:
        WrongType: An argument has another type.
        ConfigurationError: The API key, project or address is missing, malformed or unsafe, or
            the environment names a proxy or certificates that cannot be used.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        project_id: str | None = None,
        api_host: str | None = None,
        timeout: timedelta | float = DEFAULT_TIMEOUT,
        progress: Callable[[Progress], object] | None = None,
        user_agent: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        key = read_api_key(api_key)
        del api_key  # keeps it out of tracebacks
        check_types(AsyncNeon.__name__, get_type_hints(AsyncNeon.__init__), locals())
        self._progress = progress
        self._settings = read_config(key, project_id, api_host, timeout, user_agent)
        self._http = async_client(self._settings, transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections to the API."""
        await self._http.aclose()

    async def _run(self, flow: Flow[T]) -> T:
        return await run_async(flow, self._http)

    async def plan_restore(
        self,
        branch: Branch | BackupBranch | str,
        *,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        source: Branch | BackupBranch | str | None = None,
        backup_name: str | None = None,
        discard_previous_state: bool = False,
        unprotect: bool = False,
        allow_child_branch: bool = False,
        rows: CompareRows | None = None,
        timeout: timedelta | float | None = None,
    ) -> RestorePlan:
        """Check a restore against Neon's rules and read what it would replace.

        Nothing is changed. Print the plan to read it; pass it to `restore` to carry it out.
        The arguments are those of `restore`. A `timedelta` is resolved to a time now, so the
        point in time does not move between plan and restore.

        With `rows=neon_restore.rows.compare_rows()` the plan says how many rows of each table go
        and come back. Both branches need a compute for that. No deadline interrupts the comparison,
        which has a `timeout` of its own.

        Neon's API does not list the databases of a past state. A database that was dropped since
        comes back too, and the plan names it only if it compares rows, or takes the head of
        another branch.

        Raises:
            Refused: Neon would reject the restore, or no branch has the name.

        Neon: `listProjectBranches`, `getProject`, `listProjectBranchDatabases`,
        `listProjectBranchEndpoints`, `getProjectBranchSchemaComparison`, and `getConnectionURI`
        for `rows`.
        """
        ctx = self._context(timeout)
        point, backup = parse_point(at, lsn), (backup_name, discard_previous_state)
        request = restore_request(ctx, branch, point, source, backup, unprotect, allow_child_branch)
        return await self._run(plan.plan(ctx, request, rows))

    async def schema_diff(
        self,
        branch: Branch | BackupBranch | str,
        *,
        database: str,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        source: Branch | BackupBranch | str | None = None,
        timeout: timedelta | float | None = None,
    ) -> str:
        """Compare the current schema of a database with the one that a restore would bring back.

        Nothing is changed. A plan has this comparison for all databases of the branch.

        Returns:
            The difference in the format of `diff`, empty if there is none. A minus marks what the
            restore removes, such as a column from a later migration; a plus marks what it adds.

        Raises:
            Refused: No such branch or point in time exists.

        Neon: `getProjectBranchSchemaComparison`.
        """
        ctx, asked = self._context(timeout), parse_point(at, lsn)
        return await self._run(plan.schema_diff(ctx, branch, asked, source, database))

    async def restore(
        self,
        branch: Branch | BackupBranch | RestorePlan | str,
        *,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        source: Branch | BackupBranch | str | None = None,
        backup_name: str | None = None,
        discard_previous_state: bool = False,
        unprotect: bool = False,
        allow_child_branch: bool = False,
        verify: Checks | None = None,
        timeout: timedelta | float | None = None,
    ) -> Restored:
        """Overwrite a branch with an earlier state of itself, or with another branch.

        It replaces the data and schema of all databases on the branch. The branch keeps its id,
        name, roles, passwords and address; open connections drop. The previous state is kept as
        a backup branch, and the branch's children move to it.

        Args:
            branch: The branch to overwrite, or a plan for it. A plan includes the other
                arguments. It is refused if one of its branches is gone, renamed or restored
                since, or the destination has other children. New rows and databases go unnoticed.
            at: The point in time. A `timedelta` counts back from the moment of the call, by the
                server's clock.
            lsn: The point in time as an LSN.
            source: The branch to restore from, by default the branch itself. Without a point in
                time, its head is restored. With one, both must be root branches, unless
                `allow_child_branch` is given.
            backup_name: The name of the backup branch, by default
                `{branch_name}_old_{head_timestamp}` with the server's time in UTC.
            discard_previous_state: Keep no backup branch. Neon allows it only for a restore
                from another branch onto a branch without children. It cannot be undone.
            unprotect: Restore a protected branch: remove its protection, and set it again when
                the restore ends, even on an error. Meanwhile anyone with an API key can overwrite
                the branch. Protecting it again may take 120 s, past the
                deadline too: after a lost response, the call ends by its deadline and 195 s. If
                the process is killed, the branch stays unprotected until `resume`.
            allow_child_branch: Send a restore to a point in time also from or onto a child branch.
                Neon documents that it needs root branches; restores of a child from its own
                history were seen to work, and the backup branch becomes its parent then. A
                child that takes another branch becomes a child of that.
            verify: For each database, one or several callables that take a `ConnectionString` and
                raise or return `False` if something is wrong. They are called before the restore,
                with the state that the branch would get, and after it, with the branch.
                Coroutine functions are awaited, others run in a thread.
                No deadline interrupts a check. `wait` and `resume` run no checks.
            timeout: The deadline; by default the client's.

        Raises:
            Refused: Neon would reject the restore, or the plan is outdated. No request that
                changes anything was sent.
            OutcomeUnknown: The response to the restore was lost, and the client cannot tell
                whether Neon carried it out.
            CheckFailed: A check failed: before the restore, which was then not sent, or after.
            LeftUnprotected: The branch could not be protected again.
            OverwrittenSince: The restore has finished, and was overwritten by another one.
            OverwroteAnother: The restore has finished, and overwrote one that came right before.
            OperationFailed: Neon accepted the restore and did not finish it.
            StillRunning: The deadline passed while Neon's operations were running; they continue.

        Each error says in `changed` what was changed. If `pending` is set, Neon has accepted the
        restore or may have: do not restore again, await `wait(error.pending)`. After an
        interruption, such as a cancelled task, await `resume`.

        If the response is lost, the client polls the branches for 30 s: the backup branch shows
        that the restore was carried out. If it does not appear, the client sends the restore
        again with the same backup name, which Neon accepts only once. So give each restore a
        different name, or none. A restore without a backup branch is never sent again.

        Neon: `restoreProjectBranch`, then `getProjectOperation` until all have finished, and
        `listProjectOperations`.
        """
        ctx = self._context(timeout)
        point, backup = parse_point(at, lsn), (backup_name, discard_previous_state)
        request = restore_request(ctx, branch, point, source, backup, unprotect, allow_child_branch)
        return await self._run(restore.restore(ctx, request, verify))

    async def begin_restore(
        self,
        branch: Branch | BackupBranch | RestorePlan | str,
        *,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        source: Branch | BackupBranch | str | None = None,
        backup_name: str | None = None,
        discard_previous_state: bool = False,
        unprotect: bool = False,
        allow_child_branch: bool = False,
        timeout: timedelta | float | None = None,
    ) -> PendingRestore:
        """Start a restore, and return as soon as Neon has accepted it.

        Pass the result to `wait`. With `unprotect=True` the branch stays unprotected until
        `wait` ends. The arguments and errors are those of `restore`; `begin_restore` runs no
        checks.

        Neon: `restoreProjectBranch`.
        """
        ctx = self._context(timeout)
        point, backup = parse_point(at, lsn), (backup_name, discard_previous_state)
        request = restore_request(ctx, branch, point, source, backup, unprotect, allow_child_branch)
        return await self._run(restore.begin(ctx, request))

    async def wait(
        self, pending: PendingRestore | Restored, *, timeout: timedelta | float | None = None
    ) -> Restored:
        """Wait until a restore from `begin_restore` or `begin_rollback` has finished.

        It also takes the `pending` of an error. If the response to that restore was lost, it
        looks for the restore first, as `resume` does. A finished restore is returned as it is,
        and nothing is sent.

        It polls at once, then after increasing pauses: each is a quarter of the time waited so
        far, at least 0.05 s and at most 10 s.

        Raises:
            OperationFailed: Neon did not finish the restore.
            StillRunning: The deadline passed. Call again to continue waiting.
            Refused: The restore was started on another project or at another address.
            UnknownName: Nothing shows that the restore was carried out.
            NeonRestoreError: As in `restore`; pass its `pending` to `wait` again.

        Neon: `getProjectOperation`, `listProjectBranches`, `listProjectOperations`.
        """
        return await self._run(resume.wait(self._context(timeout), pending))

    async def resume(
        self,
        begun: RestorePlan | PendingRestore | Restored | Branch | str,
        *,
        backup_name: str | None = None,
        protect: bool = False,
        timeout: timedelta | float | None = None,
    ) -> Restored:
        """Find a restore that another process began, or that was interrupted, and wait for it.

        It looks for the backup branch of the restore for up to 30 s.

        Args:
            begun: The destination branch, the plan, the `pending` of an error, or a finished
                restore, which it looks for again.
            backup_name: The name of the backup branch. By default the newest backup of the
                branch, if it was created at most 15 minutes ago.
            protect: Protect the branch when the restore has ended, as `unprotect=True` would
                have done. A plan or `pending` includes this setting.
            timeout: The deadline; by default the client's.

        Raises:
            UnknownName: Nothing shows that the restore was carried out.
            NeonRestoreError: As in `restore`.

        Neon: `listProjectBranches`, `listProjectOperations`, then `getProjectOperation`.
        """
        return await self._run(resume.resume(self._context(timeout), begun, backup_name, protect))

    async def rollback(
        self,
        undo: PendingRestore | Restored | Branch | BackupBranch | str,
        *,
        branch: Branch | BackupBranch | str | None = None,
        backup_name: str | None = None,
        unprotect: bool = False,
        verify: Checks | None = None,
        timeout: timedelta | float | None = None,
    ) -> Restored:
        """Undo a restore: restore the branch from its backup branch.

        This is another restore, from the head of the backup branch. It keeps the current state
        as one more backup, which Neon does not delete if the branch is a root branch. Branches
        that moved to the first backup stay there.

        Args:
            undo: The result of `restore` or `begin_restore`, or the backup branch. A branch that
                a restore in progress left unprotected is protected at the end.
            branch: The branch to roll back, if the backup's name does not contain it.
            backup_name: The name of the new backup branch, made from the time by default.
            unprotect: As in `restore`.
            verify: As in `restore`. A backup branch has no compute: add one before the rollback.
            timeout: As in `restore`.

        Raises:
            Refused: The restore kept no backup, or Neon would reject the rollback.
            NeonRestoreError: As in `restore`.

        Neon: `restoreProjectBranch`, then `getProjectOperation` until all have finished.
        """
        ctx = self._context(timeout)
        request = rollback_request(ctx, undo, branch, backup_name, unprotect)
        return await self._run(restore.restore(ctx, request, verify))

    async def begin_rollback(
        self,
        undo: PendingRestore | Restored | Branch | BackupBranch | str,
        *,
        branch: Branch | BackupBranch | str | None = None,
        backup_name: str | None = None,
        unprotect: bool = False,
        timeout: timedelta | float | None = None,
    ) -> PendingRestore:
        """Start a rollback, and return as soon as Neon has accepted it.

        The arguments and errors are those of `rollback`. It runs no checks, and the branch stays
        unprotected until `wait` ends, as with `begin_restore`.

        Neon: `restoreProjectBranch`.
        """
        ctx = self._context(timeout)
        request = rollback_request(ctx, undo, branch, backup_name, unprotect)
        return await self._run(restore.begin(ctx, request))

    async def plan_rollback(
        self,
        undo: PendingRestore | Restored | Branch | BackupBranch | str,
        *,
        branch: Branch | BackupBranch | str | None = None,
        backup_name: str | None = None,
        unprotect: bool = False,
        rows: CompareRows | None = None,
        timeout: timedelta | float | None = None,
    ) -> RestorePlan:
        """Check a rollback and read what it would replace; pass the plan to `restore`.

        Nothing is changed. The arguments and errors are those of `rollback` and
        `plan_restore`.
        """
        ctx = self._context(timeout)
        request = rollback_request(ctx, undo, branch, backup_name, unprotect)
        return await self._run(plan.plan(ctx, request, rows))

    async def branches(self, *, timeout: timedelta | float | None = None) -> tuple[Branch, ...]:
        """Return the branches of the project.

        Neon: `listProjectBranches`.
        """
        return await self._run(endpoints.list_branches(self._context(timeout)))

    async def operations(
        self, *, timeout: timedelta | float | None = None
    ) -> tuple[Operation, ...]:
        """Return the newest operations of the project, at most 1,000, the newest first.

        Neon: `listProjectOperations`.
        """
        return await self._run(endpoints.list_operations(self._context(timeout)))

    async def backups(
        self,
        branch: Branch | BackupBranch | str | None = None,
        *,
        timeout: timedelta | float | None = None,
    ) -> tuple[BackupBranch, ...]:
        """Return the backup branches of the project or of one branch, the oldest first.

        They are recognized by name, `{branch_name}_old_{head_timestamp}`. A backup with another
        name is not listed. The order is that of their creation: the time in the name can be the
        restore point, as in the names that the Console gives.

        Raises:
            UnknownName: Neither the branch nor a backup of it exists.

        Neon: `listProjectBranches`.
        """
        return await self._run(backups.list_backups(self._context(timeout), branch))

    async def delete_backups(
        self,
        branch: Branch | BackupBranch | str | None = None,
        *,
        older_than: timedelta,
        timeout: timedelta | float | None = None,
    ) -> DeletionReport:
        """Delete the backup branches of the project or of one branch that are older than an age.

        The age counts by the server's clock, from the creation of the backup or from the time in
        its name, whichever is later. A backup without a readable time in its name is kept. If
        Neon rejects a deletion, the report has the reason, and the other deletions go on.

        Raises:
            UnknownName: Neither the branch nor a backup of it exists.
            NeonError: Neon returned an error status other than 400, 409, 412 and 422.
            OutcomeUnknown: The response to a deletion was lost.

        Neon: `deleteProjectBranch` and `getProjectOperation`, for one backup after another.
        """
        return await self._run(backups.delete_backups(self._context(timeout), branch, older_than))

    async def create_branch(
        self,
        name: str,
        *,
        source: Branch | BackupBranch | str | None = None,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        compute: bool = True,
        timeout: timedelta | float | None = None,
    ) -> Branch:
        """Restore into a new branch, which overwrites nothing, and wait until it is ready.

        If the response is lost, the client looks for the branch by its name, which Neon gives
        only once. So give each branch a name that nobody else uses.

        Args:
            name: The name of the new branch.
            source: The branch to take the data from, by default the project's default branch.
                The new branch becomes its child.
            at: The point in time, as in `restore`; by default the source's head.
            lsn: The point in time as an LSN.
            compute: Whether it gets a compute, without which nobody can connect to it.
            timeout: As in `restore`.

        Raises:
            Refused: The name is taken, or no such source or point in time exists.
            OutcomeUnknown: Responses were lost, and no branch has the name.
            NeonRestoreError: Neon rejects it, or did not finish it.

        Neon: `createProjectBranch`, then `getProjectOperation` until all have finished.
        """
        ctx, point = self._context(timeout), parse_point(at, lsn)
        return await self._run(changes.create_branch(ctx, name, source, point, compute))

    async def delete_branch(
        self, branch: Branch | BackupBranch | str, *, timeout: timedelta | float | None = None
    ) -> Branch:
        """Delete a branch with its computes, and return it as it was.

        Raises:
            Refused: It is the default branch, is protected or has children, or does not exist.
            OutcomeUnknown: Responses were lost, and the branch is still there.
            NeonError: Neon rejects it, for example for the original root branch.

        Neon: `deleteProjectBranch`, then `getProjectOperation` until all have finished.
        """
        return await self._run(changes.delete_branch(self._context(timeout), branch))

    async def add_compute(
        self, branch: Branch | BackupBranch | str, *, timeout: timedelta | float | None = None
    ) -> Endpoint:
        """Add a read-write compute to a branch, such as a backup, so that it can be queried.

        Raises:
            Refused: The branch has a read-write compute already, or does not exist.
            OutcomeUnknown: Responses were lost, and the branch has no compute.

        Neon: `createProjectEndpoint`, then `getProjectOperation` until all have finished.
        """
        return await self._run(changes.add_compute(self._context(timeout), branch))

    async def remove_compute(
        self,
        compute: Endpoint | Branch | BackupBranch | str,
        *,
        timeout: timedelta | float | None = None,
    ) -> Endpoint:
        """Remove a compute, or the read-write compute of a branch.

        Connections to it end, and its address is gone for good.

        Raises:
            Refused: There is no such compute, or its branch is the default or is protected.
            OutcomeUnknown: Responses were lost, and the compute is still there.

        Neon: `deleteProjectEndpoint`, then `getProjectOperation` until all have finished.
        """
        return await self._run(changes.remove_compute(self._context(timeout), compute))

    async def connection_string(
        self,
        branch: Branch | BackupBranch | str,
        *,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        database: str | None = None,
        role: str | None = None,
        pooled: bool = False,
        timeout: timedelta | float | None = None,
    ) -> ConnectionString:
        """Return the string that connects a Postgres driver to a branch, now or in its past.

        With a point in time it is a Time Travel connection: read-only, on an ephemeral compute
        that Neon creates. `str()` returns the whole string; the repr hides the password.

        Args:
            branch: The branch. It needs a compute; a backup branch has none.
            at: The point in time, as in `restore`. Child branches have history too: it starts
                when they were created.
            lsn: The point in time as an LSN.
            database: The database; required if the branch has more than one.
            role: The role, by default the owner of the database.
            pooled: Connect through Neon's pooler, which the past does not have.
            timeout: As in `restore`.

        Raises:
            InvalidPoint: The point is malformed, in the future or before the history window.
            Refused: The branch has no database, or several and none was named; or `pooled` was
                given with a point in time.
            UnknownName: No branch or database has the name.
            NotFound: The branch has no compute, or the role does not exist.

        Neon: `getConnectionURI`, with the options that Neon's Time Travel page describes.
        """
        ctx, point = self._context(timeout), parse_point(at, lsn)
        flow = connection.connection_string(ctx, branch, point, database, role, pooled=pooled)
        return await self._run(flow)

    async def history_window(
        self,
        branch: Branch | BackupBranch | str | None = None,
        *,
        timeout: timedelta | float | None = None,
    ) -> HistoryWindow:
        """Return the history window of the project or of a branch, in UTC.

        Raises:
            UnknownName: No branch has the name.

        Neon: `history_retention_seconds` of `getProject`.
        """
        return await self._run(history.history_window(self._context(timeout), branch))

    async def set_history_window(
        self, length: timedelta, *, timeout: timedelta | float | None = None
    ) -> HistoryWindow:
        """Set how long the project keeps history, in whole seconds, for all its branches.

        Zero turns restore and Time Travel off. Treat history that a shorter length leaves out
        as lost.

        Raises:
            Refused: The length is negative or has a fraction of a second.
            NeonError: Neon rejects the length, for example above the plan's maximum.

        Neon: `updateProject`.
        """
        return await self._run(history.set_history_window(self._context(timeout), length))

    async def snapshots(
        self,
        branch: Branch | BackupBranch | str | None = None,
        *,
        timeout: timedelta | float | None = None,
    ) -> tuple[Snapshot, ...]:
        """Return the snapshots of the project or of one branch, the oldest first.

        The snapshots of a branch include those of branches that it replaced in restores from a
        snapshot: Neon leaves a snapshot with the branch that it was taken from.

        Raises:
            UnknownName: No branch has the name.

        Neon: `listSnapshots`, `listProjectBranches`.
        """
        return await self._run(snapshots.list_snapshots(self._context(timeout), branch))

    async def create_snapshot(
        self,
        branch: Branch | BackupBranch | str,
        *,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        name: str | None = None,
        expires_at: datetime | timedelta | str | None = None,
        timeout: timedelta | float | None = None,
    ) -> Snapshot:
        """Create a snapshot of a root branch, as it is now or at a point in time.

        A snapshot outlives the history window. It is billed until it expires or is deleted.

        Args:
            branch: The branch.
            at: The point in time, as in `restore`.
            lsn: The point in time as an LSN.
            name: The name, by default `{branch_name}_{timestamp}` with the server's time in UTC.
            expires_at: When Neon deletes it; a `timedelta` counts from the server's time.
                By default it does not expire.
            timeout: As in `restore`.

        Raises:
            NotARootBranch: The branch is a child branch.
            InvalidPoint: The point is malformed, in the future or before the history window, or
                the expiry is malformed or in the past.
            Refused: Another snapshot has the name.
            OutcomeUnknown: The response was lost. The request is not sent again.
            NeonError: Neon rejects it, for example above the plan's number of manual snapshots.

        Neon: `createSnapshot`, then `getProjectOperation` until all have finished.
        """
        asked, expiry = parse_point(at, lsn), snapshots.parse_expiry(expires_at)
        return await self._run(
            snapshots.create(self._context(timeout), branch, asked, name, expiry)
        )

    async def delete_snapshot(
        self, snapshot: Snapshot | str, *, timeout: timedelta | float | None = None
    ) -> Snapshot:
        """Delete a snapshot, given as a `Snapshot`, name or id, and return it.

        It cannot be recovered. Branches that were restored from it stay.

        Raises:
            UnknownName: No snapshot has the name or id.
            Refused: Several snapshots have the name.
            OutcomeUnknown: The response was lost. The request is not sent again.

        Neon: `deleteSnapshot`, then `getProjectOperation` until all have finished.
        """
        return await self._run(snapshots.delete(self._context(timeout), snapshot))

    async def restore_snapshot(
        self,
        snapshot: Snapshot | str,
        branch: Branch | BackupBranch | str,
        *,
        allow_other_branch: bool = False,
        timeout: timedelta | float | None = None,
    ) -> SnapshotRestored:
        """Replace a branch with a new branch made from a snapshot.

        The new branch gets the name, computes and address of the branch; open connections drop.
        **The id changes.** The replaced branch remains, renamed to `{branch_name} (old)`, with
        its previous state.

        The client looks up the branch and sends its id. If Neon was busy, it checks the branch
        again before a retry. Without an id Neon replaces the branch that the snapshot was taken
        from, which after a first restore is the old one.

        Args:
            snapshot: The snapshot, or its name or id.
            branch: The branch to replace. One that was replaced before, `{branch_name} (old)`,
                is accepted by id only.
            allow_other_branch: Accept a snapshot of another branch. Snapshots of branches that
                this one replaced are accepted anyway.
            timeout: As in `restore`.

        Raises:
            Refused: It would break one of these rules. No request that changes anything was sent.
            OutcomeUnknown: The response was lost. The request is not sent again.
            OperationFailed: Neon accepted the restore and did not finish it.
            StillRunning: The deadline passed while Neon's operations were running; they continue.
            NeonRestoreError: As in `restore`.

        Neon: `restoreSnapshot`, then `getProjectOperation` until all have finished.
        """
        ctx = self._context(timeout)
        return await self._run(snapshot_restore.restore(ctx, snapshot, branch, allow_other_branch))

    async def preview_snapshot(
        self,
        snapshot: Snapshot | str,
        branch: Branch | BackupBranch | str,
        *,
        name: str | None = None,
        allow_other_branch: bool = False,
        timeout: timedelta | float | None = None,
    ) -> SnapshotPreview:
        """Create a branch from a snapshot, and replace nothing.

        Inspect the branch, then pass the result to `finalize_restore`.

        Args:
            snapshot: The snapshot, or its name or id.
            branch: The branch to replace later, as in `restore_snapshot`.
            name: The name of the new branch, by default `{branch_name}_preview_{timestamp}`
                with the server's time in UTC.
            allow_other_branch: As in `restore_snapshot`.
            timeout: As in `restore`.

        Raises:
            NeonRestoreError: As in `restore_snapshot`.

        Neon: `restoreSnapshot`, then `getProjectOperation` until all have finished.
        """
        ctx = self._context(timeout)
        return await self._run(
            snapshot_restore.preview(ctx, snapshot, branch, name, allow_other_branch)
        )

    async def finalize_restore(
        self, preview: SnapshotPreview | Branch | str, *, timeout: timedelta | float | None = None
    ) -> SnapshotRestored:
        """Replace a branch with the preview that was made for it.

        The effect is that of `restore_snapshot`. Rows written to the preview are kept.

        Args:
            preview: The result of `preview_snapshot`, or the preview branch.
            timeout: As in `restore`.

        Raises:
            Refused: It is not a preview, its target is gone, or another restore replaced it.
            OutcomeUnknown: The response was lost. The request is not sent again.
            NeonRestoreError: As in `restore_snapshot`.

        Neon: `finalizeRestoreBranch`, then `getProjectOperation` until all have finished.
        """
        return await self._run(snapshot_restore.finalize(self._context(timeout), preview))

    async def snapshot_schedule(
        self, branch: Branch | BackupBranch | str, *, timeout: timedelta | float | None = None
    ) -> tuple[ScheduleEntry, ...]:
        """Return the snapshot schedule of a branch, empty if it has none.

        Raises:
            UnknownName: No branch has the name.

        Neon: `getSnapshotSchedule`.
        """
        return await self._run(snapshots.get_schedule(self._context(timeout), branch))

    async def set_snapshot_schedule(
        self,
        branch: Branch | BackupBranch | str,
        schedule: Iterable[ScheduleEntry],
        *,
        timeout: timedelta | float | None = None,
    ) -> tuple[ScheduleEntry, ...]:
        """Replace the snapshot schedule of a root branch, and return it as Neon stored it.

        An empty schedule turns scheduled snapshots off. Existing snapshots stay until they expire.

        Raises:
            NotARootBranch: The branch is a child branch.
            NeonError: Neon rejects it, for example on a plan without schedules.
            OutcomeUnknown: The response was lost. The request is not sent again.

        Neon: `setSnapshotSchedule`, `getSnapshotSchedule`.
        """
        return await self._run(snapshots.set_schedule(self._context(timeout), branch, schedule))
