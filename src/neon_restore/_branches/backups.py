"""Lists backup branches and deletes old ones."""

from datetime import datetime, timedelta

from neon_restore._branches.lookup import children, find_branch
from neon_restore._errors import NeonError, NeonRestoreError, Refused
from neon_restore._http import endpoints
from neon_restore._http.context import CallContext
from neon_restore._http.flow import Flow
from neon_restore._http.operations import wait_for_operations
from neon_restore._models.backups import (
    AnyBranch,
    BackupBranch,
    DeletionReport,
    RefusedDeletion,
    as_backup,
    parse_backup_name,
)

REFUSALS = (400, 409, 412, 422)


def list_backups(ctx: CallContext, branch: AnyBranch | None) -> Flow[tuple[BackupBranch, ...]]:
    """Return the branches that are backups by their names, the oldest first."""
    branches = yield from endpoints.list_branches(ctx)
    backups = [b for b in (as_backup(b, children(branches, b)) for b in branches) if b]
    if branch is not None and all(backup.of != branch for backup in backups):
        branch = find_branch(branches, branch).name
    of_branch = [b for b in backups if branch in (None, b.of)]
    return tuple(sorted(of_branch, key=lambda b: (b.created_at, b.name)))


def delete_backups(
    ctx: CallContext, branch: AnyBranch | None, older_than: timedelta
) -> Flow[DeletionReport]:
    """Delete the backup branches that are older than an age, one after another."""
    if older_than < timedelta(0):
        raise Refused(f"An age of {older_than} is negative.", advice="Give timedelta(days=7).")
    backups = yield from list_backups(ctx, branch)
    now = ctx.server_now()
    old = [b for b in backups if is_older(b, now, older_than)]
    deleted: list[BackupBranch] = []
    refused: list[RefusedDeletion] = []
    for backup in old:
        try:
            try:
                answer = yield from endpoints.delete_branch(ctx, backup.id)
            except NeonError as error:
                if error.status not in REFUSALS:
                    raise
                why = error.neon_message or str(error.args[0])
                refused.append(RefusedDeletion(backup, why))
                continue
            yield from wait_for_operations(ctx, answer.operations if answer else ())
            deleted.append(backup)
        except NeonRestoreError as error:
            gone = ", ".join(b.name for b in deleted) or "none"
            error.changed = f"deleted before this: {gone}. Of {backup.name}: {error.changed}"
            raise
    kept = tuple(b for b in backups if b not in old)
    return DeletionReport(
        where=ctx.where, deleted=tuple(deleted), refused=tuple(refused), kept=kept
    )


def is_older(backup: BackupBranch, now: datetime, age: timedelta) -> bool:
    """Return whether a backup is older than an age, by its creation and by the time in its name.

    The name of a backup from the Console holds the restore point, which lies before the restore.
    """
    found = parse_backup_name(backup.name)
    in_name = found and found[1]
    return in_name is not None and now - max(backup.created_at, in_name) > age
