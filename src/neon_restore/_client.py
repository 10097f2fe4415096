"""The blocking client, from which the asynchronous one is generated: run `make async`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import httpx

from neon_restore._branches import backups, connection, history, schema_diff
from neon_restore._branches.points import parse_point
from neon_restore._http.auth import read_api_key
from neon_restore._http.config import DEFAULT_TIMEOUT, BaseNeon, read_config
from neon_restore._http.flow import run_sync
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


class Neon(BaseNeon):
    """A client that restores branches of one Neon project.

    Use it in a `with` block, or call `close` at the end.
    It may be shared between threads.

    Branches are named by name or id. Points in time are an aware `datetime`, RFC 3339 text
    with a zone, a `timedelta` back from the server's now (to the whole second), or an `Lsn`.
    Times in results are in UTC.

    Each call has one deadline over everything that it does, in seconds or as a `timedelta`.
    Until then 423, 429 and 503 are answered with another attempt, since they say that nothing
    was done: after 0.5 s, then ever longer up to 5 s, give or take a quarter, or when
    `Retry-After` says. A request without an answer is sent again, three times at most, only if it
    reads or never left. One that changes something is given 75 s to be answered, past the
    deadline too: to give up sooner would leave you not knowing what happened. `restore` says what
    it does when that answer is lost.

    Args:
        api_key: The key; by default from `NEON_API_KEY`. It goes into the `Authorization`
            header and into no text.
        project_id: The project's id; by default from `NEON_PROJECT_ID`.
        api_host: The API's address; by default from `NEON_API_HOST`, and without it Neon's
            own. Plain http is accepted for loopback only.
        timeout: The deadline of each call that is given none, by default ten minutes.
        progress: Called with each `Progress` that a call makes.
            What it raises is logged, and the call goes on.
        transport: An httpx transport, for proxies and tests.

    Raises:
        ConfigurationError: Key, project or address is missing, malformed or unsafe.

    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        project_id: str | None = None,
        api_host: str | None = None,
        timeout: timedelta | float = DEFAULT_TIMEOUT,
        progress: Callable[[Progress], object] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        key = read_api_key(api_key)
        del api_key  # so that no traceback through here shows it
        self._progress = progress
        self._settings = read_config(key, project_id, api_host, timeout)
        self._http = httpx.Client(transport=transport, **self._settings.http())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the API."""
        self._http.close()

    def plan_restore(
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
        """Check a restore against Neon's rules and read what it would replace.

        Nothing is changed. Print the plan to read it; hand it to `restore` to carry it out.
        The arguments are those of `restore`. A `timedelta` becomes a time now, so that the
        point does not move between plan and restore.

        Raises:
            Refused: Neon would refuse the restore, or no branch has the name.
            NeonError: Neon answered with an error.
            NoAnswer: Neon could not be reached.

        Neon: `listProjectBranches`, `getProject`, `listProjectBranchDatabases`,
        `listProjectBranchEndpoints`, `getProjectBranchSchemaComparison`.

        """
        ctx = self._context(timeout)
        request = restore_request(
            ctx, branch, at, lsn, source, backup_name, discard_previous_state, unprotect
        )
        return run_sync(plan.plan(ctx, request), self._http)

    def schema_diff(
        self,
        branch: str,
        *,
        database: str,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        source: str | None = None,
        timeout: timedelta | float | None = None,
    ) -> str:
        """Compare the schema of a database now with the one that a restore would bring back.

        Nothing is changed. A plan has the comparison for all databases of the branch.

        Returns:
            The difference as `diff` writes it, empty where there is none: what would go has a
            minus, such as a column that a migration added since, and what would come a plus.

        Raises:
            Refused: There is no such branch, or no such point.
            NeonError: Neon answered with an error.
            NoAnswer: Neon could not be reached.

        Neon: `getProjectBranchSchemaComparison`.

        """
        ctx, asked = self._context(timeout), parse_point(at, lsn)
        return run_sync(schema_diff.schema_diff(ctx, branch, asked, source, database), self._http)

    def restore(
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
        """Overwrite a branch with an earlier state of itself, or with another branch.

        Data and schema of all databases on the branch are replaced. The branch keeps its id,
        its name, its roles, its passwords and its address; open connections drop. The state
        from before is kept as a backup branch, to which the branch's children move.

        Args:
            branch: The branch to overwrite, or a plan for it. A plan carries the other
                arguments in it. It is refused if one of its branches is gone, renamed or
                restored since, or has other children; new rows and databases go unnoticed.
            at: The point in time. A `timedelta` is so long before the server's now.
            lsn: The point as an LSN, in place of a time.
            source: The branch to take the state from, by default the branch itself. Without
                a point it is taken at its head. With a point, both must be root branches.
            backup_name: The name of the backup branch, by default
                `{branch_name}_old_{head_timestamp}` with the server's time in UTC.
            discard_previous_state: Keep no backup branch. Neon allows it only for a restore
                from another branch onto a branch without children. It cannot be undone.
            unprotect: Restore a protected branch: take its protection off, and put it back when
                the restore has ended, in whatever way. Meanwhile anyone with a key can overwrite
                it. To protect it again may take up to 120 s past the deadline. A killed process
                leaves it open until `resume`.
            verify: For each database, a callable, or several, that takes a `ConnectionString` and
                raises or returns `False` if something is wrong. They are called with the state
                that the branch would get before it is restored, and with the branch after it.
                They run in the thread of the call.
                No deadline cuts a check short, and `wait` and `resume` make none.
            timeout: The deadline; by default the client's.

        Raises:
            Refused: Neon would refuse the restore, or the plan is outdated. Nothing was sent
                that changes anything.
            NeonError: Neon answered with an error.
            NoAnswer: Neon could not be reached.
            UnexpectedAnswer: An answer is not in Neon's form.
            OutcomeUnknown: The answer to the restore was lost, and what became of it cannot be
                told.
            CheckFailed: A check failed: before the restore, which was not sent then, or after.
            LeftUnprotected: The branch could not be protected again.
            OperationFailed: Neon accepted the restore and did not finish it.
            StillRunning: The deadline passed while Neon was at work, which goes on.

        Every one of them says in `changed` what was changed. Where `pending` is set, Neon has
        accepted the restore or may have: do not restore again, call `wait(error.pending)`. After
        an interruption, such as Ctrl-C, call `resume`.

        When the answer is lost, the branches are watched for 30 s: the backup branch shows that
        the restore was carried out. If it does not appear, the restore is sent again under the
        same backup name, which Neon makes only once. So give each restore a name of its own, or
        none. A restore that keeps nothing has no such witness and is never sent again.

        Neon: `restoreProjectBranch`, then `getProjectOperation` until all have finished.

        """
        ctx = self._context(timeout)
        request = restore_request(
            ctx, branch, at, lsn, source, backup_name, discard_previous_state, unprotect
        )
        return run_sync(restore.restore(ctx, request, verify), self._http)

    def begin_restore(
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
        """Start a restore, and return as soon as Neon has accepted it.

        Hand the result to `wait`. With `unprotect=True` the branch stays unprotected until
        then. The arguments and errors are those of `restore`; `begin_restore` makes no checks.

        Raises:
            NeonRestoreError: As in `restore`, up to the acceptance.

        Neon: `restoreProjectBranch`.

        """
        ctx = self._context(timeout)
        request = restore_request(
            ctx, branch, at, lsn, source, backup_name, discard_previous_state, unprotect
        )
        return run_sync(restore.begin(ctx, request), self._http)

    def wait(
        self, pending: PendingRestore, *, timeout: timedelta | float | None = None
    ) -> Restored:
        """Wait until a restore from `begin_restore` or `begin_rollback` has finished.

        The `pending` of an error is waited for likewise. If its answer was lost, it is looked for
        first, as `resume` does.

        The first look comes at once, the later ones after ever longer pauses: each a quarter
        of the time waited so far, at least 0.05 s and at most 10 s.

        Raises:
            OperationFailed: Neon did not finish the restore.
            StillRunning: The deadline passed. Call again to go on waiting.
            Refused: The restore was started on another project or at another address.
            UnknownName: Nothing shows that the restore was carried out.
            NeonRestoreError: As in `restore`; `pending` is set, to be handed in again.

        Neon: `getProjectOperation`, `listProjectBranches`.

        """
        return run_sync(resume.wait(self._context(timeout), pending), self._http)

    def resume(
        self,
        begun: str | RestorePlan | PendingRestore,
        *,
        backup_name: str | None = None,
        protect: bool = False,
        timeout: timedelta | float | None = None,
    ) -> Restored:
        """Take up a restore that another process began, or that was interrupted.

        It is looked for by its backup branch, for up to 30 s, and then waited for.

        Args:
            begun: The branch that was to be restored, or the plan, or an error's `pending`.
            backup_name: The name that was chosen for the backup. By default the newest backup
                of the branch whose name tells its time, if it is younger than 15 minutes.
            protect: Protect the branch when the restore has ended, as `unprotect=True` would
                have done. A plan or `pending` knows it by itself.
            timeout: The deadline; by default the client's.

        Raises:
            UnknownName: The restore was not carried out.
            NeonRestoreError: As in `restore`.

        Neon: `listProjectBranches`, `listProjectOperations`, then `getProjectOperation`.

        """
        return run_sync(
            resume.resume(self._context(timeout), begun, backup_name, protect), self._http
        )

    def rollback(
        self,
        undo: Restored | str,
        *,
        branch: str | None = None,
        backup_name: str | None = None,
        unprotect: bool = False,
        verify: Checks | None = None,
        timeout: timedelta | float | None = None,
    ) -> Restored:
        """Undo a restore: put the state from its backup branch back.

        This is another restore, from the backup branch at its head. The present state is kept
        as one more backup, which Neon does not delete if the branch is a root branch. Branches
        that moved to the first backup stay there.

        Args:
            undo: What `restore` returned, or the name or id of the backup branch.
            branch: The branch to roll back, where the backup's name does not say it.
            backup_name: The name for the state of now, made from the time by default.
            unprotect: As in `restore`.
            verify: As in `restore`. A backup branch has no compute: add one to check it before.
            timeout: As in `restore`.

        Raises:
            Refused: The restore kept no backup, or Neon would refuse the restore.
            NeonRestoreError: As in `restore`.

        Neon: `restoreProjectBranch`, then `getProjectOperation` until all have finished.

        """
        ctx = self._context(timeout)
        request = rollback_request(ctx, undo, branch, backup_name, unprotect)
        return run_sync(restore.restore(ctx, request, verify), self._http)

    def begin_rollback(
        self,
        undo: Restored | str,
        *,
        branch: str | None = None,
        backup_name: str | None = None,
        unprotect: bool = False,
        timeout: timedelta | float | None = None,
    ) -> PendingRestore:
        """Start a rollback, and return as soon as Neon has accepted it.

        Hand the result to `wait`. With `unprotect=True` the branch stays unprotected until
        then. The arguments and errors are those of `rollback`; `begin_rollback` makes no checks.

        Raises:
            Refused: The restore kept no backup, or Neon would refuse the restore.
            NeonRestoreError: As in `restore`, up to the acceptance.

        Neon: `restoreProjectBranch`.

        """
        ctx = self._context(timeout)
        request = rollback_request(ctx, undo, branch, backup_name, unprotect)
        return run_sync(restore.begin(ctx, request), self._http)

    def plan_rollback(
        self,
        undo: Restored | str,
        *,
        branch: str | None = None,
        backup_name: str | None = None,
        unprotect: bool = False,
        timeout: timedelta | float | None = None,
    ) -> RestorePlan:
        """Check a rollback and read what it would replace; hand the plan to `restore`.

        Nothing is changed. The arguments and errors are those of `rollback` and
        `plan_restore`.
        """
        ctx = self._context(timeout)
        request = rollback_request(ctx, undo, branch, backup_name, unprotect)
        return run_sync(plan.plan(ctx, request), self._http)

    def backups(
        self, branch: str | None = None, *, timeout: timedelta | float | None = None
    ) -> tuple[BackupBranch, ...]:
        """List the backup branches of the project or of one branch, the oldest first.

        A backup is told by its name, `{branch_name}_old_{head_timestamp}`. One that was kept
        under another name is not listed; one whose name holds no readable time comes last.

        Raises:
            UnknownName: There is no such branch, and no backup of one.

        Neon: `listProjectBranches`.

        """
        return run_sync(backups.list_backups(self._context(timeout), branch), self._http)

    def delete_backups(
        self,
        branch: str | None = None,
        *,
        older_than: timedelta,
        timeout: timedelta | float | None = None,
    ) -> DeletionReport:
        """Delete the backup branches of the project or of one branch that are older than an age.

        The age is that of the time in the name, by the server's clock; a backup whose name holds
        no readable time is kept. Each is tried, and what Neon refuses is reported with its reason.

        Raises:
            UnknownName: There is no such branch, and no backup of one.
            NeonError: Neon answered with another error than a refusal.
            OutcomeUnknown: The answer to a deletion was lost.

        Neon: `deleteProjectBranch`, one after another, each waited for.

        """
        return run_sync(
            backups.delete_backups(self._context(timeout), branch, older_than), self._http
        )

    def connection_string(
        self,
        branch: str,
        *,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        database: str | None = None,
        role: str | None = None,
        timeout: timedelta | float | None = None,
    ) -> ConnectionString:
        """Get the string that connects a Postgres driver to a branch, now or in its past.

        With a point, it is Time Travel: a read-only connection to that point, for which Neon
        makes a temporary compute. `str()` gives the whole string; its repr hides the password.

        Args:
            branch: The branch. It needs a compute; a backup branch has none.
            at: The point in time, as in `restore`. Child branches have a past too: it starts
                when they were created.
            lsn: The point as an LSN.
            database: The database; needed where the branch has more than one.
            role: The role, by default the owner of the database.
            timeout: As in `restore`.

        Raises:
            InvalidPoint: The point is malformed, in the future or before the history window.
            Refused: The branch has several databases, and none was named.
            UnknownName: No branch or database has the name.
            NotFound: The branch has no compute, or there is no such role.

        Neon: `getConnectionURI`, and the string that its Time Travel page describes.

        """
        asked = parse_point(at, lsn)
        flow = connection.connection_string(self._context(timeout), branch, asked, database, role)
        return run_sync(flow, self._http)

    def history_window(
        self, branch: str | None = None, *, timeout: timedelta | float | None = None
    ) -> HistoryWindow:
        """Read how far back restore and Time Travel reach, for the project or a branch, in UTC.

        Raises:
            UnknownName: No branch has the name.
            NeonError: Neon answered with an error.

        Neon: `history_retention_seconds` of `getProject`.

        """
        return run_sync(history.history_window(self._context(timeout), branch), self._http)

    def set_history_window(
        self, length: timedelta, *, timeout: timedelta | float | None = None
    ) -> HistoryWindow:
        """Set how long the project keeps history, in whole seconds, for all its branches.

        Zero turns restore and Time Travel off. Do not count on history that a shorter length
        lets go.

        Raises:
            Refused: The length is negative or has a fraction of a second.
            NeonError: Neon refuses the length, as above the plan's maximum.

        Neon: `updateProject`.

        """
        return run_sync(history.set_history_window(self._context(timeout), length), self._http)

    def snapshots(
        self, branch: str | None = None, *, timeout: timedelta | float | None = None
    ) -> tuple[Snapshot, ...]:
        """List the snapshots of the project or of one branch, the oldest first.

        Those of a branch are also those of the branches whose place it took in a restore from
        a snapshot: Neon leaves a snapshot with the branch that it was taken from.

        Raises:
            UnknownName: No branch has the name.

        Neon: `listSnapshots`, `listProjectBranches`.

        """
        return run_sync(snapshots.list_snapshots(self._context(timeout), branch), self._http)

    def create_snapshot(
        self,
        branch: str,
        *,
        at: datetime | timedelta | str | None = None,
        lsn: Lsn | str | None = None,
        name: str | None = None,
        expires_at: datetime | timedelta | str | None = None,
        timeout: timedelta | float | None = None,
    ) -> Snapshot:
        """Take a snapshot of a root branch, as it is now or at a point in its history.

        A snapshot is there after the history window has passed. It is billed until it expires
        or is deleted.

        Args:
            branch: The branch.
            at: The point in time, as in `restore`.
            lsn: The point as an LSN.
            name: Its name, by default `{branch_name}_{timestamp}` with the server's time in UTC.
            expires_at: When Neon deletes it; a `timedelta` is so long after the server's now.
                By default it is kept.
            timeout: As in `restore`.

        Raises:
            NotARootBranch: The branch is a child branch.
            InvalidPoint: The point is malformed, in the future or before the history window, or
                the expiry is past.
            Refused: Another snapshot has the name.
            OutcomeUnknown: The answer was lost. The request is not sent again.
            NeonError: Neon refuses it, as above the plan's number of manual snapshots.

        Neon: `createSnapshot`, then `getProjectOperation` until all have finished.

        """
        asked, expiry = parse_point(at, lsn), snapshots.parse_expiry(expires_at)
        flow = snapshots.create(self._context(timeout), branch, asked, name, expiry)
        return run_sync(flow, self._http)

    def delete_snapshot(
        self, snapshot: Snapshot | str, *, timeout: timedelta | float | None = None
    ) -> Snapshot:
        """Delete a snapshot, given as such or by name or id. It cannot be recovered.

        Branches that were restored from it stay. Returns what was deleted.

        Raises:
            UnknownName: There is no such snapshot.
            Refused: Several have the name.
            OutcomeUnknown: The answer was lost. The request is not sent again.

        Neon: `deleteSnapshot`, then `getProjectOperation` until all have finished.

        """
        return run_sync(snapshots.delete(self._context(timeout), snapshot), self._http)

    def restore_snapshot(
        self,
        snapshot: Snapshot | str,
        branch: str,
        *,
        allow_other_branch: bool = False,
        timeout: timedelta | float | None = None,
    ) -> SnapshotRestored:
        """Put what a snapshot holds in the place of a branch.

        Neon makes a new branch of it, which gets the branch's name, computes and address; open
        connections drop. **The id changes.** The branch that was there goes on, renamed to
        `{branch_name} (old)`, with the state from before.

        The branch is looked up now and its id is sent; before another attempt, where Neon was
        busy, it is looked at again. Without an id Neon takes the branch that the snapshot is
        from, which after a first restore is the old one.

        Args:
            snapshot: The snapshot, or its name or id.
            branch: The branch to replace. One that was replaced, `{branch_name} (old)`, is
                taken by its id only.
            allow_other_branch: Accept a snapshot of another branch. Those of the branches whose
                place this one took are its own.
            timeout: As in `restore`.

        Raises:
            Refused: One of these rules would be broken; nothing was sent that changes anything.
            OutcomeUnknown: The answer was lost. The request is not sent again.
            OperationFailed: Neon accepted the restore and did not finish it.
            StillRunning: The deadline passed while Neon was at work, which goes on.
            NeonRestoreError: As in `restore`.

        Neon: `restoreSnapshot`, then `getProjectOperation` until all have finished.

        """
        flow = snapshot_restore.restore(
            self._context(timeout), snapshot, branch, allow_other_branch
        )
        return run_sync(flow, self._http)

    def preview_snapshot(
        self,
        snapshot: Snapshot | str,
        branch: str,
        *,
        name: str | None = None,
        allow_other_branch: bool = False,
        timeout: timedelta | float | None = None,
    ) -> SnapshotPreview:
        """Make a new branch of what a snapshot holds, and replace nothing.

        Look at the branch, then hand the result to `finalize_restore`.

        Args:
            snapshot: The snapshot, or its name or id.
            branch: The branch that the new one is to replace, as in `restore_snapshot`.
            name: The name of the new branch, by default `{branch_name}_preview_{timestamp}`
                with the server's time in UTC.
            allow_other_branch: As in `restore_snapshot`.
            timeout: As in `restore`.

        Raises:
            NeonRestoreError: As in `restore_snapshot`.

        Neon: `restoreSnapshot`, then `getProjectOperation` until all have finished.

        """
        flow = snapshot_restore.preview(
            self._context(timeout), snapshot, branch, name, allow_other_branch
        )
        return run_sync(flow, self._http)

    def finalize_restore(
        self, preview: SnapshotPreview | str, *, timeout: timedelta | float | None = None
    ) -> SnapshotRestored:
        """Put a previewed branch in the place of the branch that it was made for.

        As `restore_snapshot` does in one step: rows that were written to the preview are kept.

        Args:
            preview: What `preview_snapshot` returned, or the name or id of the branch.
            timeout: As in `restore`.

        Raises:
            Refused: It is no preview, or another restore has replaced its target meanwhile.
            OutcomeUnknown: The answer was lost. The request is not sent again.
            NeonRestoreError: As in `restore_snapshot`.

        Neon: `finalizeRestoreBranch`, then `getProjectOperation` until all have finished.

        """
        return run_sync(snapshot_restore.finalize(self._context(timeout), preview), self._http)

    def snapshot_schedule(
        self, branch: str, *, timeout: timedelta | float | None = None
    ) -> tuple[ScheduleEntry, ...]:
        """Read when snapshots of a branch are made; empty where none are.

        Raises:
            UnknownName: No branch has the name.

        Neon: `getSnapshotSchedule`.

        """
        return run_sync(snapshots.get_schedule(self._context(timeout), branch), self._http)

    def set_snapshot_schedule(
        self,
        branch: str,
        schedule: Iterable[ScheduleEntry],
        *,
        timeout: timedelta | float | None = None,
    ) -> tuple[ScheduleEntry, ...]:
        """Set when snapshots of a root branch are made, in place of what was set; return it.

        An empty schedule turns them off. Snapshots that are there stay until they expire.

        Raises:
            NotARootBranch: The branch is a child branch.
            NeonError: Neon refuses it, as on a plan without schedules.
            OutcomeUnknown: The answer was lost. The request is not sent again.

        Neon: `setSnapshotSchedule`, `getSnapshotSchedule`.

        """
        return run_sync(
            snapshots.set_schedule(self._context(timeout), branch, schedule), self._http
        )
