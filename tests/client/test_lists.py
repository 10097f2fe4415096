"""Paginated lists."""

from typing import Any

import pytest

from neon_restore import Neon
from neon_restore._http import endpoints
from tests.client.harness import BEFORE_DELETE, Answer, Harness, responds


def page(numbers: list[int], **pagination: Any) -> Answer:
    """Return an answer with a page of branches."""
    time = "2026-11-20T08:00:00Z"
    branches = [{"id": f"br-{n}", "name": f"b{n}_old_{time}", "created_at": time} for n in numbers]
    return responds(json={"branches": branches, **pagination})


def test_all_pages_are_read(neon: Neon, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Branches on later pages are found, whatever the page size."""
    monkeypatch.setattr(endpoints, "PAGE", "1")
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    assert [child.name for child in plan.children] == ["development"]
    assert harness.requests_sent.count("GET /branches") > 1


def test_one_request_is_enough_for_almost_every_project(neon: Neon, harness: Harness) -> None:
    """The client requests Neon's maximum page size, and no second page without a cursor."""
    neon.backups()
    assert harness.requests_sent == ["GET /branches"]
    assert harness.sent[0].url.params["limit"] == "10000"


@pytest.mark.parametrize(
    "listed",
    [
        [([1, 2], "a"), ([3], None)],
        [([1, 2], "a"), ([3], "b"), ([], None)],
        [([1, 2], "a"), ([3], "b"), ([], "c")],
        [([1, 2], "a"), ([2, 3], "b"), ([3], "b")],
        [([1, 2], "a"), ([3], "a"), ([3], "a")],
        [([1, 2, 3], ""), ([4], "never asked for")],
    ],
)
def test_a_list_ends(
    listed: list[tuple[list[int], str | None]], neon: Neon, harness: Harness
) -> None:
    """It ends without a cursor, or with a page of nothing new; each branch counts once."""
    pages = [page(numbers, pagination={"next": cursor}) for numbers, cursor in listed]
    harness.respond_once("GET", "/branches", *pages)
    assert [backup.id for backup in neon.backups()] == ["br-1", "br-2", "br-3"]


def test_an_answer_without_pagination_is_the_whole_list(neon: Neon, harness: Harness) -> None:
    """Neon may omit the object with the cursor."""
    harness.respond_once("GET", "/branches", page([1]))
    assert len(neon.backups()) == 1
    assert harness.requests_sent == ["GET /branches"]
