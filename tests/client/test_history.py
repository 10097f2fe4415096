"""The history window: its start and end, and how its length is set."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from neon_restore import Neon, NeonError, NoAnswer, OutsideHistoryWindow, Refused
from neon_restore._models.points import rfc3339
from tests.client.harness import DEVELOPMENT, Harness, read_timeout

CREATED = datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_the_window_is_two_instants(neon: Neon) -> None:
    """It runs from the oldest available point to the server's now, and is shorter at first."""
    window = neon.history_window()
    assert window.start == CREATED
    assert window.end == datetime(2026, 11, 20, 14, 40, tzinfo=UTC)
    assert window.retention == timedelta(days=1)
    assert str(window) == "2026-11-20T08:00:00Z to 2026-11-20T14:40:00Z"


def test_a_childs_window_starts_at_its_creation(neon: Neon, harness: Harness) -> None:
    """The history of a branch is shorter than the window until the branch is that old."""
    assert neon.history_window("production").start == CREATED
    assert neon.history_window("development").start == datetime(2026, 11, 20, 10, tzinfo=UTC)
    harness.advance(days=10)
    window = neon.history_window()
    assert window.end - window.start == timedelta(days=1)
    assert neon.history_window("development") == neon.history_window("production") == window


@pytest.mark.parametrize("own", [True, False])
def test_a_childs_history_starts_again_with_its_restore(
    own: bool, neon: Neon, harness: Harness
) -> None:
    """Client and sandbox agree on it, and that its backup goes back as far as the child did."""
    harness.sandbox.model.child_restores = True
    harness.create_branch("other", schema_only=True)
    harness.advance(seconds=59.5)
    created, restored_at = CREATED + timedelta(hours=2), harness.clock.now()
    point: dict[str, Any] = {"at": created} if own else {"source": "other"}
    backup = neon.restore("development", allow_child_branch=True, **point).backup
    assert backup is not None
    assert neon.history_window("development").start == restored_at
    before = restored_at - timedelta(seconds=1)
    for source, at in (("development", restored_at), (backup.name, before), (backup.name, created)):
        neon.schema_diff("development", database="shop", source=source, at=at)
    with pytest.raises(OutsideHistoryWindow, match="window of development, which runs from 2026"):
        neon.schema_diff("development", database="shop", at=before)
    path, query = f"/branches/{DEVELOPMENT}/schema", {"db_name": "shop"}
    assert harness.ask("GET", path, **query, timestamp=rfc3339(before)).status_code == 400


def test_the_window_is_set_in_whole_seconds(neon: Neon, harness: Harness) -> None:
    """One property of the project is sent, and the call returns the new window."""
    window = neon.set_history_window(timedelta(days=7))
    assert window.retention == timedelta(days=7)
    assert harness.writes_sent == ["PATCH "]
    assert harness.bodies_sent("PATCH") == [{"project": {"history_retention_seconds": 604800}}]
    assert neon.history_window().retention == timedelta(days=7)


def test_a_window_of_zero_is_sent(neon: Neon) -> None:
    """Zero turns history off; the window ends where it starts."""
    window = neon.set_history_window(timedelta(0))
    assert window.start == window.end


@pytest.mark.parametrize(
    "length", [timedelta(seconds=-1), timedelta(seconds=0.5), timedelta(days=1, microseconds=1)]
)
def test_a_length_that_is_none_is_refused(length: timedelta, neon: Neon, harness: Harness) -> None:
    """Negative lengths and fractions of a second are not sent."""
    with pytest.raises(Refused, match="not a whole number of seconds"):
        neon.set_history_window(length)
    assert harness.sent == []


def test_more_than_the_plan_allows_is_neons_to_refuse(neon: Neon) -> None:
    """The client does not know the plan's maximum, so the error has Neon's message."""
    with pytest.raises(NeonError, match="exceeds allowed maximum") as refused:
        neon.set_history_window(timedelta(days=8))
    assert refused.value.changed == "nothing."
    assert neon.history_window().retention == timedelta(days=1)


def test_an_error_after_the_window_was_accepted_says_so(neon: Neon, harness: Harness) -> None:
    """If polling the operations fails, the error says that Neon accepted the request."""

    def busy(request: httpx.Request) -> httpx.Response:
        operation = {
            "id": "op-1",
            "action": "apply",
            "status": "running",
            "created_at": "2026-11-20T14:40:00Z",
            "total_duration_ms": 0,
        }
        body = harness.sandbox.api.handle(request).json() | {"operations": [operation]}
        return httpx.Response(200, json=body)

    harness.respond_once("PATCH", "", busy)
    harness.respond_always("GET", "/operations/", read_timeout)
    with pytest.raises(NoAnswer) as error:
        neon.set_history_window(timedelta(days=2))
    assert error.value.changed == "the request was accepted, and Neon goes on with it."
    assert harness.sandbox.model.project.window == timedelta(days=2)
