"""Neon's durations, operations, limits and refusals.

`docs/evidence.toml` says how each rule is known: seen on Neon, from an example, documented, or
assumed. `[rule: NAME]` names its entry. If Neon behaves otherwise, correct this file and the entry.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from neon_sandbox.errors import ApiError
from neon_sandbox.model.entities import Branch, ScheduleItem

# --- Operation durations ---------------------------------------------------------------------
#
# A restore reaches its first query 12.4 s after the request, and 6.7 s of these pass before the
# response. The sandbox responds at once, so the operations of a restore add up to the remaining
# 5.7 s. [rule: duration] [rule: durations]
OPERATION_DURATIONS: Final[Mapping[str, timedelta]] = {
    "create_timeline": timedelta(seconds=0.5),
    "create_branch": timedelta(seconds=0.5),
    "suspend_compute": timedelta(seconds=0.3),
    "start_compute": timedelta(seconds=4.9),
    "apply_config": timedelta(seconds=0.5),
    "delete_timeline": timedelta(seconds=0.3),
}

# What a sandbox on a running clock waits at least: its jobs take their own time, and without a
# compute they would end within the response, which Neon's do not. [rule: create-operations]
SHORTEST_DURATIONS: Final[Mapping[str, timedelta]] = {
    "create_branch": timedelta(seconds=0.1),
    "delete_timeline": timedelta(seconds=0.1),
}

# --- Which operations a request schedules, in this order -------------------------------------
#
# Each step is (action, whether it is scheduled once for each compute of the branch).

# [rule: restore-operations-kept]
RESTORE_OPERATIONS: Final = (
    ("suspend_compute", True),
    ("create_branch", False),
    ("start_compute", True),
)
# [rule: restore-operations]
RESTORE_OPERATIONS_DISCARD: Final = (
    ("suspend_compute", True),
    ("create_branch", False),
    ("delete_timeline", False),
)
# [rule: project-operations]
PROJECT_OPERATIONS: Final = (("create_timeline", False), ("start_compute", True))
# [rule: create-operations] [rule: create-start-compute]
BRANCH_OPERATIONS: Final = (
    ("create_branch", False),
    ("timeline_update_protected_config", False),
    ("start_compute", True),
)
# [rule: archived-operations]. Not simulated: that an unused branch is archived. [rule: archived]
ARCHIVE_OPERATIONS: Final = (("timeline_archive", False),)
UNARCHIVE_OPERATION: Final = "timeline_unarchive"
# [rule: delete-operations]
DELETE_OPERATIONS: Final = (("delete_timeline", False),)
# [rule: config-operations]
CONFIG_OPERATIONS: Final = (("apply_config", True),)
# [rule: compute-operations]
COMPUTE_START_OPERATIONS: Final = (("start_compute", True),)
COMPUTE_SUSPEND_OPERATIONS: Final = (("suspend_compute", True),)
COMPUTE_RESTART_OPERATIONS: Final = (*COMPUTE_SUSPEND_OPERATIONS, *COMPUTE_START_OPERATIONS)
COMPUTE_DISABLE_OPERATIONS: Final = (*CONFIG_OPERATIONS, *COMPUTE_SUSPEND_OPERATIONS)
# Those on the branch of a snapshot, which is not listed. [rule: snapshot-operations]
SNAPSHOT_OPERATIONS: Final = ("create_branch", "timeline_archive")
# [rule: snapshot-delete-operations]
SNAPSHOT_DELETE_OPERATIONS: Final = ("delete_timeline",)
# [rule: snapshot-restore-operations]
SNAPSHOT_RESTORE_OPERATIONS: Final = ("timeline_unarchive",)
PREVIEW_OPERATIONS: Final = (("create_branch", False), ("start_compute", True))
# [rule: finalize-operations]
FINALIZE_OPERATIONS: Final = (("suspend_compute", True), ("start_compute", True))
# [rule: snapshot-one-step-operations]
ONE_STEP_RESTORE_OPERATIONS: Final = (("create_branch", False), *FINALIZE_OPERATIONS)
# [rule: time-travel-operations] [rule: time-travel-beside]
EPHEMERAL_START: Final = ("create_branch", "start_compute")
EPHEMERAL_STOP: Final = ("suspend_compute", "delete_timeline")

# How many run at once. [rule: active-endpoints-limit]
MOST_EPHEMERAL: Final = 20

# [rule: failed-operation]
STATUS_AFTER_FAILURE: Final = "cancelled"

# --- Points in time that are not available ---------------------------------------------------
#
# [rule: before-window] [rule: point-messages]


def malformed_point(text: str) -> ApiError:
    """Return the error for a point that is not RFC 3339 and not an LSN. [rule: rfc3339]"""
    return ApiError(400, f"invalid point in time: {text}")


def before_history(oldest: str) -> ApiError:
    """Return the error for a point before the history window or before the branch's history."""
    return ApiError(400, f"point in time is outside the history window, which starts at {oldest}")


def in_the_future(now: str) -> ApiError:
    """Return the error for a timestamp later than the service's clock."""
    return ApiError(400, f"point in time is in the future: it is now {now}")


def past_head(head: str) -> ApiError:
    """Return the error for an LSN that the branch has not reached."""
    return ApiError(400, f"LSN is past the end of the branch's history, which is {head}")


def history_disabled() -> ApiError:
    """Return the error for any point in time while the window is zero. [rule: history-window]"""
    return ApiError(400, "point in time is not available: the history window is zero")


def two_points() -> ApiError:
    """Return the error for a request with both a timestamp and an LSN."""
    return ApiError(400, "timestamp and LSN must not be given together")


# --- Restores that are rejected --------------------------------------------------------------


def own_history_needs_point() -> ApiError:
    """Return the error for a restore of a branch to its own head.

    [rule: own-history-needs-point] [rule: own-history-needs-point-answer]
    """
    return ApiError(
        400, "source_timestamp or source_lsn is required for a restore from own history"
    )


def backup_name_required(*, own_history: bool) -> ApiError:
    """Return the error for a missing ``preserve_under_name``.

    [rule: backup-name-required] [rule: backup-name-required-children]
    [rule: backup-name-required-own-history]
    """
    if own_history:
        return ApiError(422, "preserve_under_name is required for a restore from own history")
    return ApiError(422, "Branch has children, preserve_under_name is required")


def name_taken(name: str) -> ApiError:
    """Return the error for a branch name that is taken.

    [rule: branch-name-taken] [rule: rename-taken] [rule: backup-name-taken]
    """
    return ApiError(409, f'branch already exists; branch_name:"{name}"', "BRANCH_ALREADY_EXISTS")


def only_root_branches(what: str) -> ApiError:
    """Return the error for a restore to a point in time from or onto a child branch.

    [rule: roots-only] [rule: roots-only-answer]
    """
    return ApiError(400, f"point-in-time restore is for root branches only: the {what} is a child")


def cannot_reset_protected() -> ApiError:
    """Return the error for a restore of a protected branch. [rule: protected]"""
    return ApiError(422, "cannot reset protected branch")


# --- Branches that cannot be deleted ---------------------------------------------------------


def cannot_delete_protected() -> ApiError:
    """Return the error for deleting a protected branch. [rule: protected]"""
    return ApiError(422, "cannot delete protected branch")


def cannot_delete_default() -> ApiError:
    """Return the error for deleting the default branch.

    [rule: delete-default] [rule: delete-answers]
    """
    return ApiError(422, "cannot delete the default branch")


def cannot_delete_root() -> ApiError:
    """Return the error for deleting the root branch.

    [rule: delete-root] [rule: original-root]
    """
    return ApiError(422, "cannot delete the root branch")


def cannot_delete_parent(children: Iterable[Branch]) -> ApiError:
    """Return the error for deleting a branch with children. [rule: delete-children]"""
    ids = ", ".join(child.id for child in children)
    return ApiError(422, f"cannot delete branch that has children: {ids}")


# --- Limits of a plan ------------------------------------------------------------------------
#
# [rule: restore-takes-a-branch]


def too_many_branches() -> ApiError:
    """Return the error for a branch beyond the plan's limit. [rule: branch-limit]"""
    return ApiError(422, "branches limit exceeded", "BRANCHES_LIMIT_EXCEEDED")


def too_many_root_branches() -> ApiError:
    """Return the error for a root branch beyond the limit. [rule: root-branch-limit]"""
    return ApiError(422, "root branches limit exceeded", "ROOT_BRANCHES_LIMIT_EXCEEDED")


def too_many_protected_branches() -> ApiError:
    """Return the error for a protected branch beyond the plan's limit. [rule: protected-limit]"""
    return ApiError(
        422,
        "You have reached the maximum number of protected branches for your current plan. "
        "To protect this branch, either upgrade your plan or reduce the number of existing "
        "protected branches.",
        "BRANCHES_PROTECTED_LIMIT_EXCEEDED",
    )


def too_many_ephemeral(idle_timeout: timedelta) -> ApiError:
    """Return the error for a point in time beyond the limit of computes.

    [rule: active-endpoints] [rule: active-endpoints-limit]
    """
    return ApiError(
        402,
        "You have exceeded the limit of concurrently active endpoints. "
        f"{MOST_EPHEMERAL} points in time are open: close connections to them, "
        f"and try again after {idle_timeout.total_seconds():g} s",
        "ACTIVE_ENDPOINTS_LIMIT_EXCEEDED",
    )


# --- Snapshots -------------------------------------------------------------------------------
#
# [rule: snapshot-roots] [rule: snapshot-answers] [rule: schedule]
# [rule: snapshot-outlives] [rule: snapshot-outlives-branch]


def only_snapshots_of_roots() -> ApiError:
    """Return the error for a snapshot or schedule of a child branch."""
    return ApiError(400, "snapshots are for root branches only")


def too_many_snapshots() -> ApiError:
    """Return the error for a manual snapshot beyond the plan's limit. [rule: snapshot-limit]"""
    return ApiError(422, "snapshots limit exceeded")


def schedules_not_in_plan() -> ApiError:
    """Return the error for a schedule on a plan without schedules.

    [rule: schedule-not-in-plan] [rule: schedule-not-in-plan-answer]
    """
    return ApiError(422, "backup schedule creation is not enabled for this project")


def empty_branch() -> ApiError:
    """Return the error for a snapshot of a branch that is empty because its creation failed."""
    return ApiError(422, "the branch holds nothing to take a snapshot of")


def expired_already(now: str) -> ApiError:
    """Return the error for an ``expires_at`` that is not in the future."""
    return ApiError(400, f"expires_at is not in the future: it is now {now}")


def snapshot_name(branch: Branch, at: str) -> str:
    """Return the default name of a snapshot. Two snapshots may have the same name."""
    return f"{branch.name} at {at}"


def is_due(item: ScheduleItem, hour: datetime) -> bool:
    """Return whether an entry takes a snapshot at a full hour in UTC. [rule: schedule-defaults]"""
    if item.frequency == "hourly":
        return True
    day, month = item.day or 1, item.month or 1
    return (
        hour.hour == (item.hour or 0)
        and {
            "daily": True,
            "weekly": hour.isoweekday() == day,
            "monthly": hour.day == day,
            "yearly": (hour.month, hour.day) == (month, day),
        }[item.frequency]
    )


# --- Branches made from a snapshot -----------------------------------------------------------
#
# [rule: snapshot-restore] [rule: snapshot-target] [rule: snapshot-children]
# [rule: snapshot-preview]. Not simulated: [rule: snapshot-reset-from-parent].


def restore_not_finalized() -> ApiError:
    """Return the error for an instant restore onto a preview.

    [rule: snapshot-no-branch-restore] [rule: snapshot-no-branch-restore-end]
    """
    return ApiError(422, NOT_FINALIZED)


NOT_FINALIZED: Final = "restore from snapshot on target branch is still ongoing"


def nothing_to_finalize(reason: str) -> ApiError:
    """Return the error for finalizing a branch that has no target to replace."""
    return ApiError(422, f"cannot finalize the restore: {reason}")


def old_name(name: str, taken: Collection[str]) -> str:
    """Return the new name of a replaced branch. "(old)" is known, the numbers are assumed."""
    return _first_free(lambda number: f"{name} (old{number})", taken)


def preview_name(snapshot: str, taken: Collection[str]) -> str:
    """Return the default name of a branch made from a snapshot."""
    # A snapshot name can be as long as a branch name, so cut it to leave room for the suffix.
    return _first_free(lambda number: f"{snapshot[:200]} restored{number}", taken)


def _first_free(name: Callable[[str], str], taken: Collection[str]) -> str:
    names = (name(f" {number}" if number > 1 else "") for number in count(1))
    return next(each for each in names if each not in taken)


# --- Restored branches -----------------------------------------------------------------------
#
# Once the operations of a restore have finished, parent_lsn and parent_timestamp of the restored
# branch are the point that the restore resolved to. A root branch has them too, but no parent_id.
# [rule: parent-position]


def parent_after_restore(branch: Branch, source: Branch, backup: Branch | None) -> Branch | None:
    """Return the parent of a branch after a restore.

    [rule: child-from-head] [rule: child-own-history] [rule: two-roots] [rule: root-from-branch]
    """
    if branch.is_root:
        return None
    return backup if source is branch else source


def history_after_restore(branch: Branch, source: Branch, now: datetime) -> datetime:
    """Return the instant at which the history of a restored branch begins.

    [rule: between-point-and-restore] [rule: child-history-after-reset]
    """
    return source.history_since if branch.is_root else now


def base_of_comparison(branch: Branch) -> str:
    """Return the id of the default base of a schema comparison. [rule: schema-base]"""
    return branch.parent_id or branch.id


def schema_locked(database: str) -> ApiError:
    """Return the error for a schema that an open transaction has locked. [rule: schema-locked]"""
    return ApiError(
        423, f'an open transaction has locked a table of "{database}": end it, and try again'
    )


# --- Other rejected requests -----------------------------------------------------------------
#
# [rule: request-words]


def bad_request(problem: str) -> ApiError:
    """Return the error for an invalid request body or parameter."""
    return ApiError(400, problem)


def malformed_body(problem: str) -> ApiError:
    """Return the error for a body that is not in the documented form. [rule: malformed-body]"""
    return ApiError(400, f"invalid request: decode application/json: {problem}")


def not_found(what: str) -> ApiError:
    """Return the error for an unknown id, name or route."""
    return ApiError(404, f"{what} not found")


def already_exists(what: str, name: str) -> ApiError:
    """Return the error for a database or role name that is taken on the branch."""
    return ApiError(409, f'{what} "{name}" already exists')


# Postgres' own superuser cannot be a role's name either, though Neon does not name it.
_RESERVED: Final = {
    "role": {"neon_superuser", "cloud_admin", "zenith_admin", "public", "none", "postgres"},
    "database": {"postgres", "template0", "template1"},
}


def require_unreserved(what: str, name: str) -> None:
    """Raise `ApiError` for a name that Neon keeps to itself. [rule: reserved-names-answer]

    The names are known. [rule: reserved-names]
    """
    if name in _RESERVED[what] or (what == "role" and name.startswith("pg_")):
        raise ApiError(400, f'the {what} name "{name}" is reserved')


def method_not_allowed() -> ApiError:
    """Return the error for a method that the path does not support."""
    return ApiError(405, "method not allowed")


def retention_beyond_plan(requested: int, maximum: int) -> ApiError:
    """Return the error for a window beyond the plan's maximum. [rule: history-window-maximum]"""
    return ApiError(
        400,
        "requested history retention seconds exceeds allowed maximum; "
        f'requested_history_retention_seconds:"{requested}", max:"{maximum}"',
    )


def too_many_requests(seconds: int) -> ApiError:
    """Return the error for a rate limit. [rule: rate-limits] [rule: rate-limit-words]"""
    return ApiError(429, "too many requests", retry_after=seconds)


def no_compute() -> ApiError:
    """Return the error for a connection string of a branch without a compute.

    [rule: no-read-write]
    """
    return ApiError(404, "no read-write endpoint for branch")


def second_read_write() -> ApiError:
    """Return the error for a second read-write compute of a branch.

    [rule: second-read-write] [rule: second-read-write-status]
    """
    return ApiError(409, "read_write endpoint already exists")


def compute_size() -> ApiError:
    """Return the error for a minimum above the maximum. [rule: compute-size]"""
    return ApiError(400, "autoscaling_limit_min_cu is greater than autoscaling_limit_max_cu")


def suspend_timeout() -> ApiError:
    """Return the error for a timeout below the documented minimum. [rule: suspend-timeout]"""
    return ApiError(400, "suspend_timeout_seconds is -1, 0, or a number from 60 to 604800")


def compute_disabled() -> ApiError:
    """Return the error for a use of a disabled compute.

    [rule: compute-disabled] [rule: start-disabled]
    """
    return ApiError(422, "The endpoint has been disabled. Enable it using the API and retry.")


def owns_databases(role: str, databases: Iterable[str]) -> ApiError:
    """Return the error for deleting the owner of a database. [rule: delete-role-owner-answer]"""
    return ApiError(422, f'role "{role}" owns databases: {", ".join(databases)}')


def not_simulated(what: str) -> ApiError:
    """Return the error for a Neon feature that the sandbox lacks. Neon never answers it."""
    return ApiError(501, f"the sandbox does not simulate {what}")
