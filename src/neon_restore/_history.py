"""The history window: how far back a project can be restored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from . import _api
from ._errors import InvalidPoint, OutsideHistoryWindow, Refused
from ._lookup import find_branch
from ._points import resolve, rfc3339
from ._text import duration
from ._wait import wait_for

if TYPE_CHECKING:
    from ._flow import Flow, Run
    from ._models import Branch, Project
    from ._points import AskedPoint, Point


class HistoryWindow(msgspec.Struct, frozen=True, kw_only=True):
    """How far back a restore or a Time Travel query can go.

    Attributes:
        start: The oldest point, in UTC.
        end: The server's now, in UTC.
        retention: How long the project keeps history. The window is shorter while the
            project, or a child branch, is younger than that.

    """

    start: datetime
    end: datetime
    retention: timedelta

    def __str__(self) -> str:
        return f"{rfc3339(self.start)} to {rfc3339(self.end)}"


def window_of(project: Project, now: datetime, branch: Branch | None = None) -> HistoryWindow:
    """The window of a project, or of one of its branches, at a time.

    History starts with the project, and a child branch's own when the branch is created.
    """
    retention = timedelta(seconds=project.history_retention_seconds)
    since = branch.created_at if branch and not branch.is_root else project.created_at
    start = min(max(now - retention, since), now).astimezone(UTC)
    return HistoryWindow(start=start, end=now, retention=retention)


def judged_point(run: Run, asked: AskedPoint, branch: Branch) -> Flow[Point]:
    """The point that was asked for; a time is held against the window of the branch.

    Raises:
        InvalidPoint: The time is in the future.
        OutsideHistoryWindow: It is before the window.

    """
    if not isinstance(asked, datetime | timedelta):
        return asked
    project = yield from _api.get_project(run)
    window = window_of(project, run.server_now(), branch)
    point = resolve(asked, window.end)
    # The server's clock is known to the second, so a point within the running second passes.
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


def history_window(run: Run, branch: str | None) -> Flow[HistoryWindow]:
    """Read the window."""
    project = yield from _api.get_project(run)
    found = None
    if branch is not None:
        found = find_branch((yield from _api.list_branches(run)), branch)
    return window_of(project, run.server_now(), found)


def set_history_window(run: Run, length: timedelta) -> Flow[HistoryWindow]:
    """Set the window and wait until Neon has applied it."""
    advice = "Give a timedelta such as timedelta(days=7)."
    if not isinstance(length, timedelta):
        raise Refused("A history window is a timedelta.", advice=advice)
    seconds = length.total_seconds()
    if seconds < 0 or seconds != int(seconds):
        raise Refused(
            f"A history window of {length} is not a whole number of seconds from zero up.",
            advice=advice,
        )
    answer = yield from _api.update_history_window(run, int(seconds))
    yield from wait_for(run, answer.operations)
    return window_of(answer.project, run.server_now())
