"""Tests of rejected restores, which change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from neon_sandbox import Lsn
from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION, Harness

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = {"source_branch_id": PRODUCTION, "preserve_under_name": "before"}


@pytest.fixture(autouse=True)
def _nothing_changes(harness: Harness) -> Iterator[None]:
    """Compare operations, branches and data with a fresh incident after the rejected restore."""
    yield
    fresh = Harness()
    assert harness.get("/operations") == fresh.get("/operations")
    for one in fresh.branches():
        unprotected = harness.branch(one["id"]) | {"protected": False}
        assert unprotected | {"updated_at": one["updated_at"]} == one
        assert harness.storage.commits(one["id"]) == fresh.storage.commits(one["id"])


def test_own_history_needs_a_point(harness: Harness) -> None:
    """A branch cannot be restored to its current head."""
    assert harness.restore(PRODUCTION, **OWN).status_code == 400


def test_two_points_at_once(harness: Harness) -> None:
    """A request with a timestamp and an LSN is ambiguous."""
    lsn = str(harness.storage.commits(PRODUCTION)[-3].lsn)
    response = harness.restore(PRODUCTION, **OWN, source_timestamp=BEFORE_DELETE, source_lsn=lsn)
    assert response.status_code == 400


@pytest.mark.parametrize("body", [{}, {"preserve_under_name": ""}])
def test_own_history_needs_a_backup_name(harness: Harness, body: dict[str, str]) -> None:
    """Without the name, the current data would be lost."""
    response = harness.restore(
        PRODUCTION, source_branch_id=PRODUCTION, source_timestamp=BEFORE_DELETE, **body
    )
    assert response.status_code == 400
    assert "preserve_under_name" in response.json()["message"]


def test_a_branch_with_children_needs_a_backup_name(harness: Harness) -> None:
    """The children must move to a backup branch, whatever the source."""
    response = harness.restore(PRODUCTION, source_branch_id=DEVELOPMENT)
    assert response.status_code == 400
    assert "children" in response.json()["message"]


@pytest.mark.parametrize("name", ["production", "development"])
def test_a_backup_name_that_is_taken(harness: Harness, name: str) -> None:
    """A backup branch never replaces a branch."""
    body = OWN | {"preserve_under_name": name, "source_timestamp": BEFORE_DELETE}
    assert harness.restore(PRODUCTION, **body).status_code == 409


def test_a_backup_name_longer_than_a_branch_name(harness: Harness) -> None:
    """A backup branch has the maximum name length of a branch."""
    body = OWN | {"preserve_under_name": "x" * 257, "source_timestamp": BEFORE_DELETE}
    assert harness.restore(PRODUCTION, **body).status_code == 400


def test_a_point_in_time_with_a_child_as_its_destination(harness: Harness) -> None:
    """Only a root branch can be restored to a point in time."""
    response = harness.restore(
        DEVELOPMENT, source_branch_id=PRODUCTION, source_timestamp=BEFORE_DELETE
    )
    assert response.status_code == 400
    assert "destination is a child" in response.json()["message"]


def test_a_point_in_time_with_a_child_as_its_source(harness: Harness) -> None:
    """Only a root branch can be the source at a point in time."""
    body = OWN | {"source_branch_id": DEVELOPMENT, "source_timestamp": BEFORE_DELETE}
    response = harness.restore(PRODUCTION, **body)
    assert response.status_code == 400
    assert "source is a child" in response.json()["message"]


def test_a_child_has_no_points_of_its_own(harness: Harness) -> None:
    """A child cannot be restored from own history."""
    body = OWN | {"source_branch_id": DEVELOPMENT, "source_timestamp": BEFORE_DELETE}
    assert harness.restore(DEVELOPMENT, **body).status_code == 400


def test_a_protected_destination(harness: Harness) -> None:
    """The restore is rejected with 422."""
    harness.do("PATCH", f"/branches/{PRODUCTION}", {"branch": {"protected": True}})
    response = harness.restore(PRODUCTION, **OWN, source_timestamp=BEFORE_DELETE)
    assert (response.status_code, response.json()["message"]) == (
        422,
        "cannot reset protected branch",
    )


def test_an_unknown_source(harness: Harness) -> None:
    """The restore is rejected with 404."""
    body = OWN | {"source_branch_id": "br-nowhere-00000009"}
    assert harness.restore(PRODUCTION, **body).status_code == 404


def test_an_unknown_destination(harness: Harness) -> None:
    """The restore is rejected with 404."""
    assert harness.restore("br-nowhere-00000009", **OWN).status_code == 404


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-20",
        "2026-11-20T14:31:00",
        "2026-11-20 14:31:00Z",
        "2026-11-31T14:31:00Z",
        "0001-01-01T00:00:00+23:59",
        "٢٠٢٦-11-20T14:31:00Z",
    ],
)
def test_a_malformed_timestamp(harness: Harness, text: str) -> None:
    """A timestamp must be RFC 3339 with an offset, and a time that exists."""
    assert harness.restore(PRODUCTION, **OWN, source_timestamp=text).status_code == 400


@pytest.mark.parametrize(
    "text", ["", "0", "1949A98", "0/", "0/XYZ", "0/123456789", "-1/0", "0/0/0"]
)
def test_a_malformed_lsn(harness: Harness, text: str) -> None:
    """An LSN is two hexadecimal halves of at most eight digits."""
    assert harness.restore(PRODUCTION, **OWN, source_lsn=text).status_code == 400


def test_a_timestamp_before_the_branch_began(harness: Harness) -> None:
    """A point in time before the project's creation is rejected."""
    point = "2026-11-20T07:59:59Z"
    response = harness.restore(PRODUCTION, **OWN, source_timestamp=point)
    assert response.status_code == 400
    assert "2026-11-20T08:00:00Z" in response.json()["message"]


def test_a_timestamp_in_the_future(harness: Harness) -> None:
    """The server's clock decides what is the future."""
    point = "2026-11-20T14:40:00.000001Z"
    response = harness.restore(PRODUCTION, **OWN, source_timestamp=point)
    assert response.status_code == 400
    assert "future" in response.json()["message"]


def test_an_lsn_before_the_branch_began(harness: Harness) -> None:
    """The first commit is the oldest state."""
    first = harness.storage.commits(PRODUCTION)[0].lsn
    response = harness.restore(PRODUCTION, **OWN, source_lsn=str(Lsn(first - 1)))
    assert response.status_code == 400


def test_an_lsn_past_the_head(harness: Harness) -> None:
    """An LSN after the last commit is rejected."""
    head = harness.storage.commits(PRODUCTION)[-1].lsn
    response = harness.restore(PRODUCTION, **OWN, source_lsn=str(Lsn(head + 1)))
    assert response.status_code == 400
