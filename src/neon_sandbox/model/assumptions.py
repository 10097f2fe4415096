"""Everything that the sandbox only assumes about Neon, in one place.

Each entry was neither seen on the real service nor read in its documentation. When somebody runs
it on live Neon, this is the one file to correct. Status and message of what *is* known stand
where the rule stands.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from neon_sandbox.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from neon_sandbox.model.entities import Branch, ScheduleItem

# --- How long work takes ---------------------------------------------------------------------
#
# Measured on live Neon: a compute starts in 4.9 s, and a restore reaches its first query 12.4 s
# after the request, 6.7 s of which pass before the answer. The sandbox answers at once, so what
# a restore schedules adds up to the remaining 5.7 s. How those 0.8 s beside the compute start are
# shared out is assumed, as is every other duration.
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
# Known: what a time travel leaves in the list, and that a deletion suspends the computes and then
# deletes the timeline. For the rest the names are Neon's; their choice and order are assumed.
# Each is (action, whether it is done once for every compute of the branch).
RESTORE_OPERATIONS: Final = (
    ("suspend_compute", True),
    ("create_branch", False),
    ("start_compute", True),
)
PROJECT_OPERATIONS: Final = (("create_timeline", False), ("start_compute", True))
BRANCH_OPERATIONS: Final = (("create_branch", False), ("start_compute", True))
DELETE_OPERATIONS: Final = (("suspend_compute", True), ("delete_timeline", False))
CONFIG_OPERATIONS: Final = (("apply_config", True),)
SNAPSHOT_OPERATIONS: Final = (("create_branch", False),)
SNAPSHOT_DELETE_OPERATIONS: Final = (("delete_timeline", False),)
PREVIEW_OPERATIONS: Final = BRANCH_OPERATIONS
FINALIZE_OPERATIONS: Final = (("suspend_compute", True), ("start_compute", True))
ONE_STEP_RESTORE_OPERATIONS: Final = (("create_branch", False), *FINALIZE_OPERATIONS)
# The four are known, and that they are these four; that they run beside a project's other work
# without keeping it from being scheduled is assumed.
EPHEMERAL_START: Final = ("create_branch", "start_compute")
EPHEMERAL_STOP: Final = ("suspend_compute", "delete_timeline")

# When an operation fails, what was scheduled behind it in the same request has this status, and
# the branch stays in the state that the request put it into.
STATUS_AFTER_FAILURE: Final = "cancelled"

# --- Points in time that cannot be had -------------------------------------------------------
#
# A point before the window answers 400; the wordings are ours, and so is every other status here.


def malformed_point(text: str) -> ApiError:
    """Text that is neither RFC 3339 nor an LSN, where one of them is needed."""
    return ApiError(400, f"invalid point in time: {text}")


def before_history(oldest: str) -> ApiError:
    """A point before the history window, or before the branch's own history begins."""
    return ApiError(400, f"point in time is outside the history window, which starts at {oldest}")


def in_the_future(now: str) -> ApiError:
    """A timestamp later than the service's clock."""
    return ApiError(400, f"point in time is in the future: it is now {now}")


def past_head(head: str) -> ApiError:
    """An LSN that the branch has not reached."""
    return ApiError(400, f"LSN is past the end of the branch's history, which is {head}")


def history_disabled() -> ApiError:
    """Any point in time while the history window is zero."""
    return ApiError(400, "point in time is not available: the history window is zero")


def two_points() -> ApiError:
    """A timestamp and an LSN in one request."""
    return ApiError(400, "timestamp and LSN must not be given together")


# --- Restores that are refused ---------------------------------------------------------------


def own_history_needs_point() -> ApiError:
    """A restore from own history to its own head."""
    return ApiError(
        400, "source_timestamp or source_lsn is required for a restore from own history"
    )


def backup_name_required(reason: str) -> ApiError:
    """A missing ``preserve_under_name`` where one is needed."""
    return ApiError(400, f"preserve_under_name is required: {reason}")


def name_taken(name: str) -> ApiError:
    """A second branch of one name.

    409 is documented for the creation of a branch; that a restore, whose backup name is taken,
    and a change of name answer the same is assumed, and so is the wording.
    """
    return ApiError(409, f'branch name "{name}" is already taken')


def only_root_branches(what: str) -> ApiError:
    """A point in time that a child branch is the source or the destination of."""
    return ApiError(400, f"point-in-time restore is for root branches only: the {what} is a child")


# --- Branches that cannot be deleted ---------------------------------------------------------
#
# That these fail is documented; the status and the wordings are assumed.


def cannot_delete(reason: str) -> ApiError:
    """A branch that has to stay."""
    return ApiError(422, f"cannot delete branch: {reason}")


# --- Snapshots -------------------------------------------------------------------------------
#
# Known: root branches only; the manual limit per plan, which scheduled ones do not count towards;
# that a schedule needs a paid plan and goes by UTC. That a snapshot outlives the branch it was
# taken from and the history window is assumed, and so is everything here.


def only_snapshots_of_roots() -> ApiError:
    """A snapshot or a schedule of a child branch: that it cannot be had is known."""
    return ApiError(400, "snapshots are for root branches only")


def too_many_snapshots(limit: int) -> ApiError:
    """One manual snapshot more than the plan allows."""
    return ApiError(422, f"the limit of manual snapshots is reached: {limit}")


def schedules_not_in_plan() -> ApiError:
    """A schedule on a plan that has none."""
    return ApiError(422, "backup schedules are not available on this plan")


def empty_branch() -> ApiError:
    """A snapshot of a branch whose making has failed, and which holds nothing."""
    return ApiError(422, "the branch holds nothing to take a snapshot of")


def expired_already(now: str) -> ApiError:
    """A snapshot that is to expire at once."""
    return ApiError(400, f"expires_at is not in the future: it is now {now}")


def snapshot_name(branch: Branch, at: str) -> str:
    """The name of a snapshot that was given none. Two snapshots may have one name."""
    return f"{branch.name} at {at}"


def is_due(item: ScheduleItem, hour: datetime) -> bool:
    """Whether a schedule's entry takes a snapshot at a full hour.

    Without an hour it is midnight; without a day the first; the first day of a week is Monday.
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
# Known: a restore makes a root branch with a new id; what takes its target's place has the name,
# the computes and the protection of the target from then on, which is renamed "NAME (old)".
# Assumed: it is the default branch too where the target was, has the target's schedule and the
# roles of both; a preview has a compute of its own, which goes when it is finalized; children
# stay with the branch that was replaced, and so do its snapshots, as is known of these. Known and
# not simulated: for up to 24 hours such children cannot be reset to their parent.


def restore_not_finalized() -> ApiError:
    """An instant restore onto a preview: the wording is known, the status is not.

    Neon says it of every branch made from a snapshot; that it ends with the finalizing is assumed.
    """
    return ApiError(422, NOT_FINALIZED)


NOT_FINALIZED: Final = "restore from snapshot on target branch is still ongoing"


def nothing_to_finalize(reason: str) -> ApiError:
    """A branch that takes no other's place."""
    return ApiError(422, f"cannot finalize the restore: {reason}")


def old_name(name: str, taken: Collection[str]) -> str:
    """The name of a branch that was replaced: known for the first one, counted on after it."""
    number, old = 1, f"{name} (old)"
    while old in taken:
        number += 1
        old = f"{name} (old {number})"
    return old


def preview_name(snapshot: str, taken: Collection[str]) -> str:
    """The name of a branch made from a snapshot, where none was given."""
    # A snapshot's name is as long as a branch's may be.
    number, name = 1, f"{snapshot[:200]} restored"
    while name in taken:
        number += 1
        name = f"{snapshot[:200]} restored {number}"
    return name


# --- What becomes of a restored branch -------------------------------------------------------
#
# The point that a restore resolved to stands in parent_lsn and parent_timestamp of the restored
# branch once its operations have finished; of a root branch too, which has no parent_id.


def parent_after_reset(source: Branch, backup: Branch | None) -> Branch:
    """The parent of a child branch after a reset to a branch's head.

    With its previous state kept, the backup is the parent: that much is documented. With nothing
    kept, the source is assumed to be.
    """
    return backup or source


def history_after_restore(branch: Branch, source: Branch, now: datetime) -> datetime:
    """The instant at which a restored branch's own history begins.

    A root has its source's history behind it, so that a moment between the restore's point and
    the restore itself shows the restored state. A child's history begins again with the reset.
    """
    return source.history_since if branch.is_root else now


def base_of_comparison(branch: Branch) -> str:
    """The branch that a schema is compared with where none is named: the parent, or itself."""
    return branch.parent_id or branch.id


# --- Requests that go wrong before a rule is asked -------------------------------------------


def bad_request(problem: str) -> ApiError:
    """A body or query parameter that cannot be read."""
    return ApiError(400, problem)


def not_found(what: str) -> ApiError:
    """An id or name that the project does not know."""
    return ApiError(404, f"{what} not found")


def already_exists(what: str, name: str) -> ApiError:
    """A second database or role of one name on a branch."""
    return ApiError(409, f'{what} "{name}" already exists')


def method_not_allowed() -> ApiError:
    """A path that exists, asked with a method that does not."""
    return ApiError(405, "method not allowed")


def retention_beyond_plan() -> ApiError:
    """A history window larger than the plan's maximum: the wording was seen, the status not."""
    return ApiError(422, "requested history retention seconds exceeds allowed maximum")


def too_many_requests(seconds: int) -> ApiError:
    """More requests than the limits allow; the limits are documented, the wording is ours."""
    return ApiError(429, "too many requests", retry_after=seconds)


def no_compute() -> ApiError:
    """A connection string for a branch that nothing runs on."""
    return ApiError(404, "the branch has no compute endpoint")


def not_simulated(what: str) -> ApiError:
    """Something that Neon does and this sandbox does not: said aloud rather than ignored."""
    return ApiError(501, f"the sandbox does not simulate {what}")
