"""Snapshots: taken, listed, changed, deleted, expired."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.sandbox.world import DEVELOPMENT, GOOD, PRODUCTION, World

SNAPSHOT = f"/branches/{PRODUCTION}/snapshot"
SCHEDULE = f"/branches/{PRODUCTION}/backup_schedule"


def taken(world: World, **query: str) -> Any:
    """Return a snapshot of production, all work ended."""
    response = world.ask("POST", SNAPSHOT, **query)
    assert response.status_code == 200, response.text
    world.run_until_idle()
    return response.json()["snapshot"]


def listed(world: World) -> list[Any]:
    """Return all snapshots."""
    found: list[Any] = world.get("/snapshots")["snapshots"]
    return found


def test_a_snapshot_is_taken_at_the_head(world: World) -> None:
    """Without a point it holds all that was committed, and is kept for ever."""
    snapshot = taken(world, name="before-migration")
    assert snapshot["name"] == "before-migration"
    assert snapshot["source_branch_id"] == PRODUCTION
    assert snapshot["timestamp"] == "2026-11-20T14:33:00Z"
    assert snapshot["manual"] is True
    assert "expires_at" not in snapshot
    assert world.storage.commits(snapshot["id"]) == world.storage.commits(PRODUCTION)
    assert listed(world) == [snapshot]


def test_a_snapshot_is_no_branch(world: World) -> None:
    """It is in the list of snapshots, and not in that of branches."""
    snapshot = taken(world)
    assert world.names() == {"production", "development"}
    assert world.refused("GET", f"/branches/{snapshot['id']}")[0] == 404


def test_a_snapshot_is_taken_at_a_timestamp(world: World) -> None:
    """It holds the last commit at or before it."""
    snapshot = taken(world, timestamp=GOOD)
    assert snapshot["timestamp"] == "2026-11-20T14:30:00Z"
    assert "generate_series(701, 750)" in world.last_sql(snapshot["id"])


def test_a_snapshot_is_taken_at_an_lsn(world: World) -> None:
    """It holds the commit that ended there."""
    commit = world.storage.commits(PRODUCTION)[-3]
    snapshot = taken(world, lsn=str(commit.lsn))
    assert snapshot["lsn"] == str(commit.lsn)
    assert world.last_sql(snapshot["id"]) == commit.sql


def test_snapshots_may_share_a_name(world: World) -> None:
    """Their ids tell them apart, and the name of one that was given none says when it is from."""
    ids = {taken(world, name="same")["id"] for _ in range(2)}
    assert len(ids) == 2
    assert taken(world)["name"].startswith("production at 2026-11-20T14:40:0")


def test_a_child_branch_has_no_snapshots(world: World) -> None:
    """They are for root branches, and so are schedules."""
    words = "snapshots are for root branches only"
    assert world.refused("POST", f"/branches/{DEVELOPMENT}/snapshot") == (400, words)
    body: dict[str, Any] = {"schedule": []}
    assert world.refused("PUT", f"/branches/{DEVELOPMENT}/backup_schedule", body) == (400, words)


@pytest.mark.parametrize(
    "query",
    [
        {"timestamp": GOOD, "lsn": "0/1"},
        {"timestamp": "yesterday"},
        {"lsn": "0/FFFFFFFF"},
        {"timestamp": "2026-11-20T15:00:00Z"},
        {"timestamp": "2026-11-20T07:00:00Z"},
        {"expires_at": "2026-11-20T14:40:00Z"},
        {"expires_at": "soon"},
        {"name": "x" * 257},
    ],
)
def test_what_cannot_be_had_is_refused(world: World, query: dict[str, str]) -> None:
    """Points as for a restore, an expiry that is past, a name that is too long."""
    assert world.refused("POST", SNAPSHOT, **query)[0] == 400
    assert listed(world) == []


def test_a_plan_has_a_limit_of_manual_snapshots(world: World) -> None:
    """One more is refused until one is deleted."""
    project = world.sandbox.model.project
    project.plan = replace(project.plan, name="free", manual_snapshots=1)
    first = taken(world)
    assert world.refused("POST", SNAPSHOT)[0] == 422
    world.do("DELETE", f"/snapshots/{first['id']}")
    assert taken(world)["id"] != first["id"]


def test_a_deleted_snapshot_is_gone(world: World) -> None:
    """From the list and from the storage; the answer is 202 with its operations."""
    snapshot = taken(world)
    response = world.ask("DELETE", f"/snapshots/{snapshot['id']}")
    assert response.status_code == 202
    assert [one["action"] for one in response.json()["operations"]] == ["delete_timeline"]
    world.run_until_idle()
    assert listed(world) == []
    assert world.refused("DELETE", f"/snapshots/{snapshot['id']}")[0] == 404
    with pytest.raises(KeyError):
        world.storage.commits(snapshot["id"])


def test_a_snapshot_expires(world: World) -> None:
    """It is there until the very second."""
    snapshot = taken(world, expires_at="2026-11-21T14:40:00Z")
    assert snapshot["expires_at"] == "2026-11-21T14:40:00Z"
    world.rest(hours=23, minutes=59)
    assert listed(world) == [snapshot]
    world.rest(minutes=1)
    assert listed(world) == []
    assert world.refused("POST", f"/snapshots/{snapshot['id']}/restore", {})[0] == 404


def test_name_and_expiry_can_change(world: World) -> None:
    """Each by itself, and the expiry can be taken back."""
    path = f"/snapshots/{taken(world, expires_at='2026-11-21T00:00:00Z')['id']}"
    renamed = world.do("PATCH", path, {"snapshot": {"name": "other"}})["snapshot"]
    assert (renamed["name"], renamed["expires_at"]) == ("other", "2026-11-21T00:00:00Z")
    later = {"snapshot": {"expires_at": "2026-12-01T00:00:00Z"}}
    assert world.do("PATCH", path, later)["snapshot"]["expires_at"] == "2026-12-01T00:00:00Z"
    kept = world.do("PATCH", path, {"snapshot": {"expires_at": None}})["snapshot"]
    assert (kept["name"], "expires_at" in kept) == ("other", False)
    past = {"snapshot": {"name": "new", "expires_at": "2026-11-20T00:00:00Z"}}
    assert world.refused("PATCH", path, past)[0] == 400
    assert listed(world) == [kept]


def test_other_work_keeps_a_snapshot_waiting(world: World) -> None:
    """Changes are refused with 423 while operations run."""
    snapshot = taken(world)
    world.ask("POST", SNAPSHOT)
    assert world.refused("POST", SNAPSHOT)[0] == 423
    assert world.refused("DELETE", f"/snapshots/{snapshot['id']}")[0] == 423


def test_a_branch_has_no_schedule_at_first(world: World) -> None:
    """What is set is what is read, with nothing added."""
    assert world.get(SCHEDULE) == {"schedule": []}
    entries = [
        {"frequency": "weekly", "day": 2, "hour": 23},
        {"frequency": "daily", "retention_seconds": 7200},
    ]
    assert world.do("PUT", SCHEDULE, {"schedule": entries}) == {}
    assert world.get(SCHEDULE) == {"schedule": entries}


def test_a_schedule_makes_its_snapshots(world: World) -> None:
    """At each hour that is due, of what the branch held then, and until the retention ends."""
    entry = {"frequency": "daily", "hour": 3, "retention_seconds": 172_800}
    world.do("PUT", SCHEDULE, {"schedule": [entry]})
    world.rest(hours=12)
    assert listed(world) == []
    world.rest(hours=1)
    (first,) = listed(world)
    assert first["created_at"] == "2026-11-21T03:00:00Z"
    assert first["expires_at"] == "2026-11-23T03:00:00Z"
    assert first["manual"] is False
    world.rest(days=5)
    days = [one["created_at"][8:10] for one in listed(world)]
    assert days == ["25", "26"]
    world.do("PUT", SCHEDULE, {"schedule": []})
    world.rest(days=5)
    assert listed(world) == []


@pytest.mark.parametrize(
    ("entry", "instants"),
    [
        ({"frequency": "hourly"}, [f"2026-11-20T{hour}:00:00Z" for hour in range(15, 24)]),
        ({"frequency": "weekly", "day": 2, "hour": 5}, ["2026-11-24T05:00:00Z"]),
        ({"frequency": "monthly", "day": 3}, ["2026-12-03T00:00:00Z"]),
        ({"frequency": "yearly", "month": 12, "day": 24}, ["2026-12-24T00:00:00Z"]),
    ],
)
def test_every_frequency_has_its_hours(
    world: World, entry: dict[str, Any], instants: list[str]
) -> None:
    """The first snapshots of each, from the incident on."""
    world.do("PUT", SCHEDULE, {"schedule": [entry]})
    world.rest(days=40)
    made = [one["created_at"] for one in listed(world)]
    assert made[: len(instants)] == instants


def test_what_a_schedule_made_does_not_count(world: World) -> None:
    """The limit is one of manual snapshots; and a plan may have no schedules at all."""
    project = world.sandbox.model.project
    project.plan = replace(project.plan, manual_snapshots=1)
    world.do("PUT", SCHEDULE, {"schedule": [{"frequency": "hourly"}]})
    world.rest(hours=3)
    assert len(listed(world)) == 3
    assert taken(world)["manual"] is True
    project.plan = replace(project.plan, snapshot_schedules=False)
    assert world.refused("PUT", SCHEDULE, {"schedule": []})[0] == 422


def test_slugs_are_not_simulated(world: World) -> None:
    """They are said to be so rather than ignored."""
    status, words = world.refused("POST", SNAPSHOT, slug="x")
    assert (status, words) == (501, "the sandbox does not simulate slugs of snapshots")
