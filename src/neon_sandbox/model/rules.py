"""All rules of the sandbox about Neon.

No entry was observed on live Neon or read in its documentation. If live Neon behaves otherwise,
correct this file only. Statuses and messages that are known are in the modules that apply them.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from neon_sandbox.errors import ApiError
from neon_sandbox.model.entities import Branch, ScheduleItem

# --- Operation durations ---------------------------------------------------------------------
#
# Measured on live Neon: a compute starts in 4.9 s. A restore reaches its first query 12.4 s after
# the request, and 6.7 s of these pass before the response. The sandbox responds at once, so the
# operations of a restore add up to the remaining 5.7 s. Assumed: how the 0.8 s besides the compute
# start are divided, and every other duration.
OPERATION_DURATIONS: Final[Mapping[str, timedelta]] = {
    "create_timeline": timedelta(seconds=0.5),
    "create_branch": timedelta(seconds=0.5),
    "suspend_compute": timedelta(seconds=0.3),
    "start_compute": timedelta(seconds=4.9),
    "apply_config": timedelta(seconds=0.5),
    "delete_timeline": timedelta(seconds=0.3),
}

# --- Which operations a request schedules, in this order -------------------------------------
#
# Known: the operations of Time Travel, and that a deletion suspends the computes and then deletes
# the timeline. The other names are Neon's too; the choice of operations and their order are
# assumed. Each step is (action, whether it is scheduled once for each compute of the branch).
RESTORE_OPERATIONS: Final = (
    ("suspend_compute", True),
    ("create_branch", False),
    ("start_compute", True),
)
PROJECT_OPERATIONS: Final = (("create_timeline", False), ("start_compute", True))
BRANCH_OPERATIONS: Final = (("create_branch", False), ("start_compute", True))
DELETE_OPERATIONS: Final = (("suspend_compute", True), ("delete_timeline", False))
CONFIG_OPERATIONS: Final = (("apply_config", True),)
# [rule: compute-operations]
COMPUTE_START_OPERATIONS: Final = (("start_compute", True),)
COMPUTE_SUSPEND_OPERATIONS: Final = (("suspend_compute", True),)
COMPUTE_RESTART_OPERATIONS: Final = (*COMPUTE_SUSPEND_OPERATIONS, *COMPUTE_START_OPERATIONS)
COMPUTE_DISABLE_OPERATIONS: Final = (*CONFIG_OPERATIONS, *COMPUTE_SUSPEND_OPERATIONS)
SNAPSHOT_OPERATIONS: Final = (("create_branch", False),)
SNAPSHOT_DELETE_OPERATIONS: Final = (("delete_timeline", False),)
PREVIEW_OPERATIONS: Final = BRANCH_OPERATIONS
FINALIZE_OPERATIONS: Final = (("suspend_compute", True), ("start_compute", True))
ONE_STEP_RESTORE_OPERATIONS: Final = (("create_branch", False), *FINALIZE_OPERATIONS)
# Known: these four operations and no others. Assumed: they run beside the project's other
# operations and do not prevent the scheduling of new ones.
EPHEMERAL_START: Final = ("create_branch", "start_compute")
EPHEMERAL_STOP: Final = ("suspend_compute", "delete_timeline")

# When an operation fails, the later operations of the same request get this status, and the branch
# stays in the state that the request set.
STATUS_AFTER_FAILURE: Final = "cancelled"

# --- Points in time that are not available ---------------------------------------------------
#
# Known: a point before the history window is rejected with 400. Assumed: the messages, and every
# other status here.


def malformed_point(text: str) -> ApiError:
    """Return the error for a point that is neither an RFC 3339 timestamp nor an LSN."""
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
    """Return the error for any point in time while the history window is zero."""
    return ApiError(400, "point in time is not available: the history window is zero")


def two_points() -> ApiError:
    """Return the error for a request with both a timestamp and an LSN."""
    return ApiError(400, "timestamp and LSN must not be given together")


# --- Restores that are rejected --------------------------------------------------------------


def own_history_needs_point() -> ApiError:
    """Return the error for a restore of a branch to its own head."""
    return ApiError(
        400, "source_timestamp or source_lsn is required for a restore from own history"
    )


def backup_name_required(reason: str) -> ApiError:
    """Return the error for a missing ``preserve_under_name`` where it is required."""
    return ApiError(400, f"preserve_under_name is required: {reason}")


def name_taken(name: str) -> ApiError:
    """Return the error for a branch name that is taken.

    Documented: 409 when a branch is created. Assumed: the same for a new name and for a backup
    branch, and the message.
    """
    return ApiError(409, f'branch name "{name}" is already taken')


def only_root_branches(what: str) -> ApiError:
    """Return the error for a restore to a point in time from or onto a child branch."""
    return ApiError(400, f"point-in-time restore is for root branches only: the {what} is a child")


# --- Branches that cannot be deleted ---------------------------------------------------------
#
# Documented: these deletions fail. Assumed: the status and the messages.


def cannot_delete(reason: str) -> ApiError:
    """Return the error for deleting a branch that cannot be deleted."""
    return ApiError(422, f"cannot delete branch: {reason}")


# --- Snapshots -------------------------------------------------------------------------------
#
# Known: snapshots are for root branches only. Each plan limits manual snapshots; scheduled ones do
# not count towards the limit. A schedule requires a paid plan and is in UTC. Assumed: a snapshot
# outlives its source branch and the history window, and everything else here.


def only_snapshots_of_roots() -> ApiError:
    """Return the error for a snapshot or schedule of a child branch. The rejection is known."""
    return ApiError(400, "snapshots are for root branches only")


def too_many_snapshots(limit: int) -> ApiError:
    """Return the error for a manual snapshot beyond the plan's limit."""
    return ApiError(422, f"the limit of manual snapshots is reached: {limit}")


def schedules_not_in_plan() -> ApiError:
    """Return the error for a schedule on a plan without schedules."""
    return ApiError(422, "backup schedules are not available on this plan")


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
    """Return whether a schedule entry takes a snapshot at a full hour, in UTC.

    Defaults: midnight, the first day, January. The first day of a week is Monday.
    """
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
# Known: a restore creates a root branch with a new id. When the branch replaces its target, it gets
# the target's name, computes and protection, and the target is renamed "NAME (old)". Snapshots stay
# with the replaced branch. Assumed: the new branch also becomes the default branch if the target
# was, and it gets the target's schedule and the roles of both. A preview has a separate compute,
# which is deleted when the preview is finalized. Children stay with the replaced branch. Known but
# not simulated: for up to 24 hours these children cannot be reset to their parent.


def restore_not_finalized() -> ApiError:
    """Return the error for an instant restore onto a preview.

    Known: Neon gives this message for every branch made from a snapshot. Assumed: the status, and
    that the rejections end when the branch is finalized.
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


def parent_after_reset(source: Branch, backup: Branch | None) -> Branch:
    """Return the parent of a child branch after a restore to the head of a branch.

    Documented: if the restore kept a backup branch, the backup branch is the parent. Assumed:
    otherwise the source is the parent.
    """
    return backup or source


def history_after_restore(branch: Branch, source: Branch, now: datetime) -> datetime:
    """Return the instant at which the history of a restored branch begins.

    A root branch gets the history of its source: any point between the restore's point in time and
    the restore itself shows the restored state. A child's history begins at the restore.
    """
    return source.history_since if branch.is_root else now


def base_of_comparison(branch: Branch) -> str:
    """Return the id of the default base of a schema comparison: the parent, or the branch."""
    return branch.parent_id or branch.id


# --- Other rejected requests -----------------------------------------------------------------


def bad_request(problem: str) -> ApiError:
    """Return the error for an invalid request body or parameter."""
    return ApiError(400, problem)


def not_found(what: str) -> ApiError:
    """Return the error for an unknown id, name or route."""
    return ApiError(404, f"{what} not found")


def already_exists(what: str, name: str) -> ApiError:
    """Return the error for a database or role name that is taken on the branch."""
    return ApiError(409, f'{what} "{name}" already exists')


def method_not_allowed() -> ApiError:
    """Return the error for a method that the path does not support."""
    return ApiError(405, "method not allowed")


def retention_beyond_plan() -> ApiError:
    """Return the error for a window beyond the plan's maximum. Only the message is known."""
    return ApiError(422, "requested history retention seconds exceeds allowed maximum")


def too_many_requests(seconds: int) -> ApiError:
    """Return the error for a rate limit. The limits are documented, the message is assumed."""
    return ApiError(429, "too many requests", retry_after=seconds)


def no_compute() -> ApiError:
    """Return the error for a connection string of a branch without a read-write endpoint."""
    return ApiError(404, "the branch has no compute endpoint")


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
    return ApiError(422, "The endpoint has been disabled. Enable it using Neon API and retry.")


def owns_databases(role: str, databases: Iterable[str]) -> ApiError:
    """Return the error for deleting the owner of a database. [rule: delete-role-owner]"""
    return ApiError(422, f'role "{role}" owns databases: {", ".join(databases)}')


def not_simulated(what: str) -> ApiError:
    """Return the error for a Neon feature that the sandbox rejects instead of ignoring it."""
    return ApiError(501, f"the sandbox does not simulate {what}")
