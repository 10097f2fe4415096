"""Tells whether any client could have known the outcome of a restore, from what it could see.

It reads only the exchanges as the client saw them, and their times.
"""

from collections.abc import Iterator
from typing import Any

import httpx

from neon_restore._restore.submit import DELIVERY_WINDOW
from tests.faults.schedule import Event, Schedule
from tests.faults.transport import FaultyTransport, Seen

AMBIGUOUS = {Event.DUPLICATE_RESTORE, Event.CONCURRENT_RESTORE, Event.RESTORED_BEFORE}
"""Other people's restores, which look like the call's own if that has no name of its own."""


def could_know(transport: FaultyTransport, schedule: Schedule) -> str:
    """Return what a client saw that shows the outcome of its restore, or empty text."""
    posts = [one for one in transport.seen if one.request.method == "POST"]
    if not posts:
        return "no restore was sent"
    if any(_accepted(one) for one in posts):
        return "the restore was accepted"
    lost = [one.ended for one in posts if _is_lost(one)]
    lists = list(_lists(transport.seen, posts[0].sent))
    name = _body(posts[0].request).get("preserve_under_name")
    if name and any(branch["name"] == name for _, branches in lists for branch in branches):
        # A name of the caller's choice may be another's, unless an answer was lost.
        others = AMBIGUOUS & set(schedule.events.values()) or not lost
        return "" if schedule.name and others else "its backup was listed"
    settled = max(lost) + DELIVERY_WINDOW if lost else posts[-1].ended
    before = _state(next(_lists(transport.seen, 0.0))[1], posts[0])
    if any(at >= settled and _state(branches, posts[0]) == before for at, branches in lists):
        return "the branch stayed as it was"
    return ""


def _lists(seen: list[Seen], since: float) -> Iterator[tuple[float, list[dict[str, Any]]]]:
    for one in seen:
        if one.sent >= since and one.request.url.path.endswith("/branches"):
            body = _body(one.answer)
            if isinstance(body.get("branches"), list):
                yield one.ended, body["branches"]


def _state(branches: list[dict[str, Any]], post: Seen) -> str | None:
    """Return when the branch of a restore was last reset, or None if it is gone."""
    branch_id = post.request.url.path.split("/")[-2]
    return next((b.get("last_reset_at", "") for b in branches if b["id"] == branch_id), None)


def _accepted(post: Seen) -> bool:
    branch = _body(post.answer).get("branch", {})
    return bool(branch) and branch["id"] == post.request.url.path.split("/")[-2]


def _is_lost(post: Seen) -> bool:
    """Return whether Neon may have acted on a restore without the client seeing it."""
    if post.answer is None:
        return True
    said = _body(post.answer).get("message")
    return post.answer.is_success or post.answer.status_code in (500, 502, 504) or not said


def _body(message: httpx.Request | httpx.Response | None) -> dict[str, Any]:
    if message is None:
        return {}
    try:
        body = httpx.Response(200, content=message.content).json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
