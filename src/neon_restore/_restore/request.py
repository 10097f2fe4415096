"""Parses the arguments of a restore before any request is sent."""

import msgspec

from neon_restore._branches.lookup import check_same_project
from neon_restore._errors import Refused
from neon_restore._http.context import CallContext
from neon_restore._models.backups import AnyBranch
from neon_restore._models.points import RequestedPoint
from neon_restore._models.restores import PendingRestore, Restored, RestorePlan


class RestoreRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A restore as requested by the caller, before names are looked up.

    `destination` is optional if the source is a backup branch with a name that contains it.
    `source` defaults to the destination. `protect` says that a destination that is not protected
    gets protected when the restore has ended.
    """

    destination: AnyBranch | None = None
    source: AnyBranch | None = None
    point: RequestedPoint = None
    backup_name: str | None = None
    discard: bool = False
    unprotect: bool = False
    protect: bool = False
    allow_child_branch: bool = False
    plan: RestorePlan | None = None


def restore_request(
    ctx: CallContext,
    branch: AnyBranch | RestorePlan,
    point: RequestedPoint,
    source: AnyBranch | None,
    backup: tuple[str | None, bool],
    unprotect: bool,
    allow_child_branch: bool,
) -> RestoreRequest:
    """Return the request for a restore. A plan sets the branch ids and the backup name.

    `backup` is the name of the backup branch, and whether to keep none.
    """
    backup_name, discard = backup
    if discard and backup_name is not None:
        raise Refused(
            "A backup name was given together with discard_previous_state=True.",
            advice="Give one of the two: the previous state is either kept or discarded.",
        )
    if not isinstance(branch, RestorePlan):
        return RestoreRequest(
            destination=branch,
            source=source,
            point=point,
            backup_name=backup_name,
            discard=discard,
            unprotect=unprotect,
            allow_child_branch=allow_child_branch,
        )
    given = (point, source, backup_name)
    if discard or unprotect or allow_child_branch or any(one is not None for one in given):
        raise Refused(
            "A plan was given together with other arguments.",
            advice="Make a new plan with these arguments, or give the plan alone.",
        )
    check_same_project(ctx, branch)
    return RestoreRequest(
        destination=branch.destination.id,
        source=branch.source.id,
        point=branch.point,
        backup_name=branch.backup_name,
        discard=branch.backup_name is None,
        unprotect=branch.unprotect,
        protect=branch.unprotect and not branch.destination.protected,
        allow_child_branch=branch.allow_child_branch,
        plan=branch,
    )


def rollback_request(
    ctx: CallContext,
    undo: AnyBranch | PendingRestore | Restored,
    branch: AnyBranch | None,
    backup_name: str | None,
    unprotect: bool,
) -> RestoreRequest:
    """Return the request that undoes a restore: from the head of its backup branch."""
    if not isinstance(undo, PendingRestore | Restored):
        return RestoreRequest(
            destination=branch, source=undo, backup_name=backup_name, unprotect=unprotect
        )
    check_same_project(ctx, undo.intent if isinstance(undo, Restored) else undo)
    if branch is not None:
        raise Refused(
            "A restore was given together with a branch.",
            advice="Give the restore alone, or the name of a backup branch with branch=.",
        )
    backup = undo.backup if isinstance(undo, Restored) else undo.backup_name
    if backup is None:
        raise Refused(
            f"The restore of {undo.destination.name} kept no backup, so it cannot be undone.",
            advice="Restore from another branch or a snapshot that holds the data.",
        )
    return RestoreRequest(
        destination=undo.destination.id,
        source=backup,
        backup_name=backup_name,
        unprotect=unprotect,
        # Nobody waits for the restore any more, which would have protected the branch again.
        protect=isinstance(undo, PendingRestore) and undo.unprotect,
    )
