"""Reads and sets the history window, and checks points in time against it."""

from datetime import UTC, datetime, timedelta

from neon_restore._branches.lookup import find_branch
from neon_restore._branches.points import to_absolute
from neon_restore._errors import InvalidPoint, OutsideHistoryWindow, Refused
from neon_restore._http import endpoints
from neon_restore._http.context import CallContext
from neon_restore._http.flow import Flow
from neon_restore._http.operations import wait_for_operations
from neon_restore._models.api import Branch, Project
from neon_restore._models.backups import AnyBranch, parse_backup_name
from neon_restore._models.points import HistoryWindow, Point, RequestedPoint, rfc3339
from neon_restore._models.text import duration


def history_window_at(
    project: Project, now: datetime, branch: Branch | None = None
) -> HistoryWindow:
    """Return the history window of a project, or of one of its branches, at the time `now`.

    History starts when the project is created, and for a child branch when the branch was last
    restored, or else created.
    """
    retention = timedelta(seconds=project.history_retention_seconds)
    since = project.created_at
    if branch and not branch.is_root:
        # A backup is created after its history has begun.
        is_backup = parse_backup_name(branch.name) is not None
        since = branch.last_reset_at or (since if is_backup else branch.created_at)
    start = min(max(now - retention, since), now).astimezone(UTC)
    return HistoryWindow(start=start, end=now, retention=retention)


def resolve_point(ctx: CallContext, asked: RequestedPoint, branch: Branch) -> Flow[Point]:
    """Return the requested point, checked against the history window of the branch."""
    project = yield from read_window(ctx, asked)
    return check_point(ctx, asked, project, branch)


def read_window(ctx: CallContext, asked: RequestedPoint) -> Flow[Project | None]:
    """Read the project, which has the history window, if the point is a time."""
    if isinstance(asked, datetime | timedelta):
        return (yield from endpoints.get_project(ctx))
    return None


def check_point(
    ctx: CallContext, asked: RequestedPoint, project: Project | None, branch: Branch
) -> Point:
    """Return the requested point; check a time against the history window of the branch.

    A timedelta counts back from the moment when the call began, by the server's clock.
    """
    point = to_absolute(asked, ctx.server_began()) if isinstance(asked, timedelta) else asked
    if project is None or not isinstance(point, datetime):
        return point
    window = history_window_at(project, ctx.server_now(), branch)
    # The server's clock is known only to the second, so a point in the current second passes.
    if point > window.end + timedelta(seconds=1):
        raise InvalidPoint(
            f"{rfc3339(point)} is in the future: Neon's clock says {rfc3339(window.end)}.",
            advice="Give a time that has passed. A time with its zone, as +02:00, is often meant.",
        )
    if not window.retention:
        error = OutsideHistoryWindow(
            "The project's history window is zero, which turns restore and Time Travel off.",
            advice="Set a history window: history is kept from then on.",
        )
    elif point < window.start:
        error = OutsideHistoryWindow(
            f"{rfc3339(point)} is before the history window of {branch.name}, which runs from "
            f"{window} ({duration(window.end - window.start)}).",
            advice="Give a later point, or restore from a backup branch or a snapshot.",
        )
    else:
        return point
    error.window = window
    raise error


def history_window(ctx: CallContext, branch: AnyBranch | None) -> Flow[HistoryWindow]:
    """Return the history window of the project or of a branch."""
    project = yield from endpoints.get_project(ctx)
    found = None
    if branch is not None:
        found = find_branch((yield from endpoints.list_branches(ctx)), branch)
    return history_window_at(project, ctx.server_now(), found)


def set_history_window(ctx: CallContext, length: timedelta) -> Flow[HistoryWindow]:
    """Set the history window of the project and wait until Neon has applied it."""
    seconds = length.total_seconds()
    if seconds < 0 or seconds != int(seconds):
        raise Refused(
            f"A history window of {length} is not a whole number of seconds from zero up.",
            advice="Give a timedelta such as timedelta(days=7).",
        )
    answer = yield from endpoints.update_history_window(ctx, int(seconds))
    yield from wait_for_operations(ctx, answer.operations)
    return history_window_at(answer.project, ctx.server_now())
