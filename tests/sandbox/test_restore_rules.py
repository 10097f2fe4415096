"""Tests of rejected restores, which change nothing."""

from collections.abc import Iterator

import pytest

from neon_sandbox import Lsn
from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION, REWIND, Harness

OWN = {"source_branch_id": PRODUCTION, "preserve_under_name": "before"}
POINT = {"source_branch_id": PRODUCTION, "source_timestamp": BEFORE_DELETE}
POINT_OF_CHILD = REWIND | {"source_branch_id": DEVELOPMENT}
NOWHERE = "br-nowhere-00000009"


def at(timestamp: str) -> dict[str, str]:
    """Return the body of a restore to a timestamp."""
    return REWIND | {"source_timestamp": timestamp}


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


@pytest.mark.parametrize(
    ("destination", "body", "status", "message"),
    [
        (PRODUCTION, OWN | {"source_branch_id": NOWHERE}, 404, "source branch not found"),
        (NOWHERE, OWN, 404, "branch not found"),
        # A branch cannot be restored to its current head.
        (PRODUCTION, OWN, 400, "source_timestamp or source_lsn is required"),
        # Without a backup branch, the current data would be lost.
        (PRODUCTION, POINT, 422, "preserve_under_name is required"),
        (PRODUCTION, REWIND | {"preserve_under_name": ""}, 422, "preserve_under_name is required"),
        # Children must move to a backup branch, whatever the source.
        (PRODUCTION, {"source_branch_id": DEVELOPMENT}, 422, "Branch has children"),
        # A backup branch never replaces a branch, and has the maximum name length of a branch.
        (PRODUCTION, REWIND | {"preserve_under_name": "production"}, 409, "branch already exists"),
        (PRODUCTION, REWIND | {"preserve_under_name": "development"}, 409, "branch already exists"),
        (PRODUCTION, REWIND | {"preserve_under_name": "x" * 257}, 400, "1 to 256 characters"),
        # Postgres prints a time with a space.
        (PRODUCTION, OWN | {"source_timestamp": "2026-11-20 14:31:00+00"}, 400, "invalid point"),
        # Source and destination of a point in time must be root branches.
        (DEVELOPMENT, POINT, 400, "destination is a child"),
        (PRODUCTION, POINT_OF_CHILD, 400, "source is a child"),
        (DEVELOPMENT, POINT_OF_CHILD, 400, "source is a child"),
        # A timestamp is after the project's creation, and not later than the server's clock.
        (PRODUCTION, at("2026-11-20T07:59:59Z"), 400, "2026-11-20T08:00:00Z"),
        (PRODUCTION, at("2026-11-20T14:40:00.000001Z"), 400, "future"),
        # A timestamp must be RFC 3339 with an offset, and a time that exists.
        (PRODUCTION, at(""), 400, "invalid point in time"),
        (PRODUCTION, at("now"), 400, "invalid point in time"),
        (PRODUCTION, at("2026-11-20"), 400, "invalid point in time"),
        (PRODUCTION, at("2026-11-20T14:31:00"), 400, "invalid point in time"),
        (PRODUCTION, at("2026-11-20 14:31:00Z"), 400, "invalid point in time"),
        (PRODUCTION, at("2026-11-31T14:31:00Z"), 400, "invalid point in time"),
        (PRODUCTION, at("0001-01-01T00:00:00+23:59"), 400, "invalid point in time"),
        (PRODUCTION, at("٢٠٢٦-11-20T14:31:00Z"), 400, "invalid point in time"),
    ],
)
def test_a_restore_that_is_rejected(
    harness: Harness, destination: str, body: dict[str, str], status: int, message: str
) -> None:
    response = harness.restore(destination, **body)
    assert response.status_code == status
    assert message in response.json()["message"]


def test_a_protected_destination(harness: Harness) -> None:
    harness.do("PATCH", f"/branches/{PRODUCTION}", {"branch": {"protected": True}})
    rejection = harness.refused("POST", f"/branches/{PRODUCTION}/restore", REWIND)
    assert rejection == (422, "cannot reset protected branch")


@pytest.mark.parametrize(
    ("commit", "offset"), [(0, -1), (-1, 1)], ids=["before the first commit", "after the last"]
)
def test_an_lsn_outside_the_history(harness: Harness, commit: int, offset: int) -> None:
    lsn = Lsn(harness.storage.commits(PRODUCTION)[commit].lsn + offset)
    assert harness.restore(PRODUCTION, **OWN, source_lsn=str(lsn)).status_code == 400


def test_two_points_at_once(harness: Harness) -> None:
    """A request with a timestamp and an LSN is ambiguous."""
    lsn = str(harness.storage.commits(PRODUCTION)[-3].lsn)
    assert harness.restore(PRODUCTION, **REWIND, source_lsn=lsn).status_code == 400


@pytest.mark.parametrize(
    "text", ["", "0", "1949A98", "0/", "0/XYZ", "0/123456789", "-1/0", "0/0/0"]
)
def test_a_malformed_lsn(harness: Harness, text: str) -> None:
    """An LSN is two hexadecimal halves of at most eight digits."""
    assert harness.restore(PRODUCTION, **OWN, source_lsn=text).status_code == 400
