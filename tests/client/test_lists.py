"""Paginated lists."""

from typing import Any

import httpx
import pytest

from neon_restore import DeadlinePassed, Neon, UnexpectedAnswer
from neon_restore._http import endpoints
from tests.client.harness import BEFORE_DELETE, Answer, Harness, read_timeout, responds, sequence


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
    """The client requests a large page, and no second page without a cursor."""
    neon.backups()
    assert harness.requests_sent == ["GET /branches"]
    assert harness.sent[0].url.params["limit"] == "5000"


@pytest.mark.parametrize(
    "listed",
    [
        [([1, 2], "a"), ([3], None)],
        [([1, 2], "a"), ([3], "b"), ([], None)],
        [([1, 2], "a"), ([3], "b"), ([], "b")],
        [([1, 2], "a"), ([], "b"), ([3], "c"), ([], "d"), ([], "d")],
        [([1, 2], "a"), ([2, 3], "b"), ([3], "c"), ([], "")],
        [([1, 2, 3], ""), ([4], "never asked for")],
    ],
)
def test_a_list_ends(
    listed: list[tuple[list[int], str | None]], neon: Neon, harness: Harness
) -> None:
    """It ends without a cursor, or with an empty page and the same one; each branch counts once."""
    pages = [page(numbers, pagination={"next": cursor}) for numbers, cursor in listed]
    harness.respond_once("GET", "/branches", *pages)
    assert [backup.id for backup in neon.backups()] == ["br-1", "br-2", "br-3"]


@pytest.mark.parametrize(
    ("listed", "pages"),
    [
        ([([1], "a"), ([2], "a")], 2),
        ([([1], "a"), ([2], "b"), ([3], "a")], 3),
        ([([1], "a"), ([], "b"), ([], "a")], 3),
        ([([], str(number)) for number in range(100)], endpoints.MAX_PAGES),
    ],
)
def test_a_list_without_an_end_is_an_error(
    listed: list[tuple[list[int], str]], pages: int, neon: Neon, harness: Harness
) -> None:
    """A cursor came before, or there are too many pages: what was read may lack branches."""
    answers = [page(numbers, pagination={"next": cursor}) for numbers, cursor in listed]
    harness.respond_once("GET", "/branches", *answers)
    with pytest.raises(UnexpectedAnswer, match=f"has no end: {pages} pages were read"):
        neon.backups()
    assert len(harness.sent) == pages


def test_a_list_ends_at_the_deadline(neon: Neon, harness: Harness) -> None:
    """Half a list is none."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        harness.advance(seconds=4)
        return page([1], pagination={"next": str(len(harness.sent))})(request)

    harness.answers.append(answer)
    with pytest.raises(DeadlinePassed, match=r"deadline of 8 s passed before the list .* ended"):
        neon.backups(timeout=8)
    assert len(harness.sent) == 2


def test_the_operations_of_a_restore_are_found_on_later_pages(
    neon: Neon, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages are read, the newest first, until one is older than the restore."""
    handle = harness.sandbox.api.handle
    harness.respond_once("POST", "/restore", sequence(handle, read_timeout))
    monkeypatch.setattr(endpoints, "OPERATIONS_PAGE", "2")
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert [operation.action for operation in restored.operations] == [
        "suspend_compute",
        "create_branch",
        "start_compute",
    ]
    assert 1 < harness.requests_sent.count("GET /operations") < 4


def test_an_answer_without_pagination_is_the_whole_list(neon: Neon, harness: Harness) -> None:
    """Neon may omit the object with the cursor."""
    harness.respond_once("GET", "/branches", page([1]))
    assert len(neon.backups()) == 1
    assert harness.requests_sent == ["GET /branches"]


def test_the_branches_are_listed(neon: Neon, harness: Harness) -> None:
    listed = {branch.name: branch for branch in neon.branches()}
    assert listed.keys() == {"production", "development"}
    assert listed["development"].parent_id == listed["production"].id
    assert harness.requests_sent == ["GET /branches"]


def test_the_operations_are_listed_newest_first(neon: Neon, harness: Harness) -> None:
    restored = neon.restore("production", at=BEFORE_DELETE)
    harness.sent.clear()
    listed = neon.operations()
    assert set(restored.operations) <= set(listed)
    times = [operation.created_at for operation in listed]
    assert times == sorted(times, reverse=True)
    assert harness.requests_sent[0] == "GET /operations"
