"""Tests of lists: pagination, sort order, search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generated_input import same_examples
from tests.sandbox.harness import PRODUCTION, Harness


@pytest.fixture
def five(harness: Harness) -> Harness:
    """Return the incident with three more branches, created a minute apart."""
    for name in ("alpha", "Beta", "gamma"):
        harness.created(name)
        harness.advance(minutes=1)
    return harness


def names(harness: Harness, **query: str) -> list[str]:
    """Return the names of the listed branches, in the order of the list."""
    return [branch["name"] for branch in harness.get("/branches", **query)["branches"]]


def test_branches_are_sorted_by_their_last_change_the_newest_first(five: Harness) -> None:
    assert names(five) == ["gamma", "Beta", "alpha", "development", "production"]
    five.do("PATCH", f"/branches/{PRODUCTION}", {"branch": {"name": "main"}})
    assert names(five)[0] == "main"


@pytest.mark.parametrize(
    ("sort_by", "order", "expected"),
    [
        ("name", "asc", ["Beta", "alpha", "development", "gamma", "production"]),
        ("name", "desc", ["production", "gamma", "development", "alpha", "Beta"]),
        ("created_at", "asc", ["production", "development", "alpha", "Beta", "gamma"]),
        ("updated_at", "asc", ["production", "development", "alpha", "Beta", "gamma"]),
    ],
)
def test_branches_are_sorted_as_asked(
    five: Harness, sort_by: str, order: str, expected: list[str]
) -> None:
    assert names(five, sort_by=sort_by, sort_order=order) == expected


@pytest.mark.parametrize(
    ("search", "expected"),
    [("prod", ["production"]), ("br-shop-sandbox-00000004", ["Beta"]), ("no such", [])],
)
def test_a_search_looks_at_names_and_ids(five: Harness, search: str, expected: list[str]) -> None:
    """A substring matches, and the count route returns the number of matches."""
    assert names(five, search=search) == expected
    assert five.get("/branches/count", search=search) == {"count": len(expected)}


def test_a_page_of_branches_leads_to_the_next(five: Harness) -> None:
    """The cursor contains the sort order; a page that is not full has none."""
    first = five.get("/branches", limit=3, sort_by="name", sort_order="asc")
    assert [b["name"] for b in first["branches"]] == ["Beta", "alpha", "development"]
    last = five.get("/branches", limit=3, cursor=first["pagination"]["next"])
    assert [b["name"] for b in last["branches"]] == ["gamma", "production"]
    assert last["pagination"] == {"sort_by": "name", "sort_order": "asc"}
    whole = five.get("/branches")["pagination"]["next"]
    assert five.get("/branches", cursor=whole)["branches"] == []


def test_a_page_goes_on_behind_a_branch_that_is_gone(five: Harness) -> None:
    """No branch is repeated or skipped when one is deleted between two pages."""
    first = five.get("/branches", limit=3, sort_by="name", sort_order="asc")
    five.do("DELETE", f"/branches/{first['branches'][0]['id']}")
    rest = five.get("/branches", cursor=first["pagination"]["next"])
    assert [b["name"] for b in rest["branches"]] == ["gamma", "production"]


@same_examples(30, 300)
@given(
    new=st.lists(st.text(min_size=1, max_size=5), max_size=12, unique=True),
    limit=st.integers(1, 6),
    sort_by=st.sampled_from(["name", "created_at", "updated_at"]),
    order=st.sampled_from(["asc", "desc"]),
)
def test_pages_show_every_branch_once(new: list[str], limit: int, sort_by: str, order: str) -> None:
    """The pages keep the order of the whole list, and none exceeds the limit."""
    harness = Harness()
    for name in new:
        if name not in {"production", "development"}:
            harness.created(name)
    query = {"sort_by": sort_by, "sort_order": order}
    whole = [branch["id"] for branch in harness.get("/branches", **query)["branches"]]
    seen: list[str] = []
    while query:
        page = harness.get("/branches", limit=limit, **query)
        assert len(page["branches"]) <= limit
        seen += [branch["id"] for branch in page["branches"]]
        assert len(seen) <= len(whole)
        cursor = page["pagination"].get("next")
        query = {"cursor": cursor} if cursor else {}
    assert seen == whole
    assert len(set(seen)) == len({"production", "development", *new})


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/branches", {"cursor": "nonsense"}),
        ("/branches", {"cursor": "bm9uc2Vuc2U="}),
        ("/branches", {"cursor": "ключ"}),
        ("/branches", {"limit": "0"}),
        ("/branches", {"limit": "10001"}),
        ("/branches", {"limit": "-1"}),
        ("/branches", {"limit": "٣"}),
        ("/branches", {"limit": "9" * 5000}),
        ("/branches", {"sort_by": "size"}),
        ("/branches", {"sort_order": "up"}),
        ("/branches", {"include_deleted": "maybe"}),
        ("/operations", {"limit": "0"}),
        ("/operations", {"limit": "1001"}),
        ("/operations", {"cursor": "nonsense"}),
    ],
)
def test_a_list_that_is_not_understood(harness: Harness, path: str, query: dict[str, str]) -> None:
    """Values out of range and cursors that no page returned are rejected."""
    assert harness.refused("GET", path, **query)[0] == 400


def test_a_cursor_does_not_fit_another_order(five: Harness) -> None:
    """Another order would skip some branches and repeat others."""
    cursor = five.get("/branches", limit=1, sort_by="name")["pagination"]["next"]
    assert five.refused("GET", "/branches", cursor=cursor, sort_by="created_at")[0] == 400
    assert five.refused("GET", "/branches", cursor=cursor, sort_order="asc")[0] == 400


def test_deleted_branches_are_not_recovered(harness: Harness) -> None:
    assert harness.refused("GET", "/branches", include_deleted="true")[0] == 501
    assert len(harness.get("/branches", include_deleted="false")["branches"]) == 2


def test_operations_are_listed_the_newest_first(harness: Harness) -> None:
    """The pages keep this order; the cursor of each is a time."""
    ids = [operation["id"] for operation in harness.get("/operations")["operations"]]
    assert ids == sorted(ids, reverse=True)
    seen: list[str] = []
    page = harness.get("/operations", limit=3)
    while page["operations"]:
        seen += [operation["id"] for operation in page["operations"]]
        assert len(seen) <= len(ids)
        cursor = page["pagination"]["cursor"]
        assert cursor.startswith(page["operations"][-1]["created_at"][:-1])
        page = harness.get("/operations", limit=3, cursor=cursor)
    assert "pagination" not in page
    assert seen == ids
    before = harness.get("/operations", cursor="2026-11-20T09:00:00Z")["operations"]
    assert [one["action"] for one in before] == ["start_compute", "create_timeline"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 1),
        ({"search": "sho"}, 1),
        ({"search": "sandbox-shop"}, 1),
        ({"search": "store"}, 0),
        ({"org_id": "org-sandbox-00000000"}, 1),
        ({"org_id": "org-other-00000000"}, 0),
        ({"limit": "1"}, 1),
        ({"cursor": "sandbox-shop-00000000"}, 0),
        ({"recoverable": "true"}, 0),
    ],
)
def test_the_project_is_listed_where_it_matches(
    harness: Harness, query: dict[str, str], found: int
) -> None:
    """The first page has the one project, and later pages are empty."""
    page = harness.http.get("/projects", params=query).json()
    assert len(page["projects"]) == found
    assert ("pagination" in page) == bool(found)


@pytest.mark.parametrize("path", ["/projects", "/projects/shared"])
@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "401"}, {"timeout": "99"}])
def test_a_list_of_projects_that_is_not_understood(
    harness: Harness, path: str, query: dict[str, str]
) -> None:
    assert harness.http.get(path, params=query).status_code == 400


def test_nobody_shares_a_project(harness: Harness) -> None:
    assert harness.http.get("/projects/shared").json() == {"projects": []}
