"""What a restore is refused for. Nothing has changed after a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from neon_sandbox import Lsn
from tests.sandbox.world import DEVELOPMENT, GOOD, PRODUCTION, World

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = {"source_branch_id": PRODUCTION, "preserve_under_name": "before"}


@pytest.fixture(autouse=True)
def _nothing_changes(world: World) -> Iterator[None]:
    """Compare everything that can be seen before and after a refused restore."""
    yield
    fresh = World()
    assert world.get("/operations") == fresh.get("/operations")
    for one in fresh.branches():
        unprotected = world.branch(one["id"]) | {"protected": False}
        assert unprotected | {"updated_at": one["updated_at"]} == one
        assert world.storage.commits(one["id"]) == fresh.storage.commits(one["id"])


def test_own_history_needs_a_point(world: World) -> None:
    """A branch cannot be restored to its own head."""
    assert world.restore(PRODUCTION, **OWN).status_code == 400


def test_two_points_at_once(world: World) -> None:
    """A timestamp and an LSN in one request leave open which of them counts."""
    lsn = str(world.storage.commits(PRODUCTION)[-3].lsn)
    response = world.restore(PRODUCTION, **OWN, source_timestamp=GOOD, source_lsn=lsn)
    assert response.status_code == 400


@pytest.mark.parametrize("body", [{}, {"preserve_under_name": ""}])
def test_own_history_needs_a_backup_name(world: World, body: dict[str, str]) -> None:
    """What the branch holds now would be lost without a name to keep it under."""
    response = world.restore(PRODUCTION, source_branch_id=PRODUCTION, source_timestamp=GOOD, **body)
    assert response.status_code == 400
    assert "preserve_under_name" in response.json()["message"]


def test_a_branch_with_children_needs_a_backup_name(world: World) -> None:
    """Children have to move somewhere, whatever the source is."""
    response = world.restore(PRODUCTION, source_branch_id=DEVELOPMENT)
    assert response.status_code == 400
    assert "children" in response.json()["message"]


@pytest.mark.parametrize("name", ["production", "development"])
def test_a_backup_name_that_is_taken(world: World, name: str) -> None:
    """No branch is replaced by a backup."""
    body = OWN | {"preserve_under_name": name, "source_timestamp": GOOD}
    assert world.restore(PRODUCTION, **body).status_code == 409


def test_a_backup_name_longer_than_a_branch_name(world: World) -> None:
    """A backup is a branch, and its name is as long as a branch's at most."""
    body = OWN | {"preserve_under_name": "x" * 257, "source_timestamp": GOOD}
    assert world.restore(PRODUCTION, **body).status_code == 400


def test_a_point_in_time_with_a_child_as_its_destination(world: World) -> None:
    """Only a root branch can be taken to a point in time."""
    response = world.restore(DEVELOPMENT, source_branch_id=PRODUCTION, source_timestamp=GOOD)
    assert response.status_code == 400
    assert "destination is a child" in response.json()["message"]


def test_a_point_in_time_with_a_child_as_its_source(world: World) -> None:
    """Only a root branch has points to be restored from."""
    body = OWN | {"source_branch_id": DEVELOPMENT, "source_timestamp": GOOD}
    response = world.restore(PRODUCTION, **body)
    assert response.status_code == 400
    assert "source is a child" in response.json()["message"]


def test_a_child_has_no_points_of_its_own(world: World) -> None:
    """A child cannot be restored from its own history."""
    body = OWN | {"source_branch_id": DEVELOPMENT, "source_timestamp": GOOD}
    assert world.restore(DEVELOPMENT, **body).status_code == 400


def test_a_protected_destination(world: World) -> None:
    """Protection holds until it is taken away."""
    world.do("PATCH", f"/branches/{PRODUCTION}", {"branch": {"protected": True}})
    response = world.restore(PRODUCTION, **OWN, source_timestamp=GOOD)
    assert (response.status_code, response.json()["message"]) == (
        422,
        "cannot reset protected branch",
    )


def test_an_unknown_source(world: World) -> None:
    """A source has to exist."""
    body = OWN | {"source_branch_id": "br-nowhere-00000009"}
    assert world.restore(PRODUCTION, **body).status_code == 404


def test_an_unknown_destination(world: World) -> None:
    """A destination has to exist."""
    assert world.restore("br-nowhere-00000009", **OWN).status_code == 404


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
def test_a_malformed_timestamp(world: World, text: str) -> None:
    """A timestamp is RFC 3339 with an offset, and a moment that exists."""
    assert world.restore(PRODUCTION, **OWN, source_timestamp=text).status_code == 400


@pytest.mark.parametrize(
    "text", ["", "0", "1949A98", "0/", "0/XYZ", "0/123456789", "-1/0", "0/0/0"]
)
def test_a_malformed_lsn(world: World, text: str) -> None:
    """An LSN is two hexadecimal halves of at most eight digits."""
    assert world.restore(PRODUCTION, **OWN, source_lsn=text).status_code == 400


def test_a_timestamp_before_the_branch_began(world: World) -> None:
    """Nothing can be restored from before the project was there."""
    point = "2026-11-20T07:59:59Z"
    response = world.restore(PRODUCTION, **OWN, source_timestamp=point)
    assert response.status_code == 400
    assert "2026-11-20T08:00:00Z" in response.json()["message"]


def test_a_timestamp_in_the_future(world: World) -> None:
    """The server's clock decides what is the future."""
    point = "2026-11-20T14:40:00.000001Z"
    response = world.restore(PRODUCTION, **OWN, source_timestamp=point)
    assert response.status_code == 400
    assert "future" in response.json()["message"]


def test_an_lsn_before_the_branch_began(world: World) -> None:
    """The first commit is the oldest state that there is."""
    first = world.storage.commits(PRODUCTION)[0].lsn
    response = world.restore(PRODUCTION, **OWN, source_lsn=str(Lsn(first - 1)))
    assert response.status_code == 400


def test_an_lsn_past_the_head(world: World) -> None:
    """The branch has not got there yet."""
    head = world.storage.commits(PRODUCTION)[-1].lsn
    response = world.restore(PRODUCTION, **OWN, source_lsn=str(Lsn(head + 1)))
    assert response.status_code == 400
