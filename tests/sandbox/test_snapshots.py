"""Snapshots: taken, listed, changed, deleted, expired."""

from dataclasses import replace
from typing import Any

import pytest

from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION, Harness

SNAPSHOT = f"/branches/{PRODUCTION}/snapshot"
SCHEDULE = f"/branches/{PRODUCTION}/backup_schedule"


def taken(harness: Harness, **query: str) -> Any:
    """Take a snapshot of production; return it after all operations have ended."""
    response = harness.ask("POST", SNAPSHOT, **query)
    assert response.status_code == 200, response.text
    harness.run_until_idle()
    return response.json()["snapshot"]


def listed(harness: Harness) -> list[Any]:
    """Return all snapshots."""
    return list(harness.get("/snapshots")["snapshots"])


def test_a_snapshot_is_taken_at_the_head(harness: Harness) -> None:
    """Without a point in time it holds all commits, and never expires; it is not a branch."""
    snapshot = taken(harness, name="before-migration")
    assert snapshot["name"] == "before-migration"
    assert snapshot["source_branch_id"] == PRODUCTION
    assert snapshot.keys().isdisjoint({"lsn", "timestamp"})
    assert snapshot["manual"] is True
    assert "expires_at" not in snapshot
    assert harness.storage.commits(snapshot["id"]) == harness.storage.commits(PRODUCTION)
    assert listed(harness) == [snapshot]
    assert harness.names() == {"production", "development"}
    assert harness.refused("GET", f"/branches/{snapshot['id']}")[0] == 404


def test_a_snapshot_is_taken_at_a_point(harness: Harness) -> None:
    """It holds the last commit at or before the timestamp, or the commit that ended at the LSN."""
    commit = harness.storage.commits(PRODUCTION)[-3]
    assert "generate_series(701, 750)" in commit.sql
    for point in ({"timestamp": BEFORE_DELETE}, {"lsn": str(commit.lsn)}):
        snapshot = taken(harness, **point)
        assert snapshot["timestamp"] == "2026-11-20T14:30:00Z"
        assert snapshot["lsn"] == str(commit.lsn)
        assert harness.last_sql(snapshot["id"]) == commit.sql


def test_snapshots_may_share_a_name(harness: Harness) -> None:
    """Their ids differ, and the default name contains the time of the snapshot."""
    assert taken(harness, name="same")["id"] != taken(harness, name="same")["id"]
    assert taken(harness)["name"].startswith("production at 2026-11-20T14:40:0")


def test_a_child_branch_has_no_snapshots(harness: Harness) -> None:
    words = "snapshots are for root branches only"
    assert harness.refused("POST", f"/branches/{DEVELOPMENT}/snapshot") == (400, words)
    path = f"/branches/{DEVELOPMENT}/backup_schedule"
    assert harness.refused("PUT", path, {"schedule": []}) == (400, words)


@pytest.mark.parametrize(
    "query",
    [
        {"timestamp": BEFORE_DELETE, "lsn": "0/1"},
        {"timestamp": "yesterday"},
        {"lsn": "0/FFFFFFFF"},
        {"timestamp": "2026-11-20T15:00:00Z"},
        {"timestamp": "2026-11-20T07:00:00Z"},
        {"expires_at": "2026-11-20T14:40:00Z"},
        {"expires_at": "soon"},
        {"name": "x" * 257},
    ],
)
def test_what_cannot_be_had_is_refused(harness: Harness, query: dict[str, str]) -> None:
    """Points are checked as for a restore; a past expiry and a long name are rejected too."""
    assert harness.refused("POST", SNAPSHOT, **query)[0] == 400
    assert listed(harness) == []


def test_a_plan_has_a_limit_of_manual_snapshots(harness: Harness) -> None:
    project = harness.sandbox.model.project
    project.plan = replace(project.plan, name="free", manual_snapshots=1)
    first = taken(harness)
    assert harness.refused("POST", SNAPSHOT)[0] == 422
    harness.do("DELETE", f"/snapshots/{first['id']}")
    assert taken(harness)["id"] != first["id"]


def test_a_deleted_snapshot_is_gone(harness: Harness) -> None:
    snapshot = taken(harness)
    response = harness.ask("DELETE", f"/snapshots/{snapshot['id']}")
    assert response.status_code == 202
    assert [one["action"] for one in response.json()["operations"]] == ["delete_timeline"]
    harness.run_until_idle()
    assert listed(harness) == []
    assert harness.refused("DELETE", f"/snapshots/{snapshot['id']}")[0] == 404
    with pytest.raises(KeyError):
        harness.storage.commits(snapshot["id"])


def test_a_snapshot_expires(harness: Harness) -> None:
    """The snapshot exists until the exact second of its expiry."""
    snapshot = taken(harness, expires_at="2026-11-21T14:40:00Z")
    assert snapshot["expires_at"] == "2026-11-21T14:40:00Z"
    harness.advance(hours=23, minutes=59)
    assert listed(harness) == [snapshot]
    harness.advance(minutes=1)
    assert listed(harness) == []
    assert harness.refused("POST", f"/snapshots/{snapshot['id']}/restore", {})[0] == 404


def test_name_and_expiry_can_change(harness: Harness) -> None:
    path = f"/snapshots/{taken(harness, expires_at='2026-11-21T00:00:00Z')['id']}"
    renamed = harness.do("PATCH", path, {"snapshot": {"name": "other"}})["snapshot"]
    assert (renamed["name"], renamed["expires_at"]) == ("other", "2026-11-21T00:00:00Z")
    later = {"snapshot": {"expires_at": "2026-12-01T00:00:00Z"}}
    assert harness.do("PATCH", path, later)["snapshot"]["expires_at"] == "2026-12-01T00:00:00Z"
    kept = harness.do("PATCH", path, {"snapshot": {"expires_at": None}})["snapshot"]
    assert (kept["name"], "expires_at" in kept) == ("other", False)
    past = {"snapshot": {"name": "new", "expires_at": "2026-11-20T00:00:00Z"}}
    assert harness.refused("PATCH", path, past)[0] == 400
    assert listed(harness) == [kept]


def test_other_work_keeps_a_snapshot_waiting(harness: Harness) -> None:
    snapshot = taken(harness)
    harness.ask("POST", SNAPSHOT)
    assert harness.refused("POST", SNAPSHOT)[0] == 423
    assert harness.refused("DELETE", f"/snapshots/{snapshot['id']}")[0] == 423


def test_a_branch_has_no_schedule_at_first(harness: Harness) -> None:
    """A schedule is returned as it was set, with nothing added."""
    assert harness.get(SCHEDULE) == {"schedule": []}
    entries = [
        {"frequency": "weekly", "day": 2, "hour": 23},
        {"frequency": "daily", "retention_seconds": 7200},
    ]
    assert harness.do("PUT", SCHEDULE, {"schedule": entries}) == {}
    assert harness.get(SCHEDULE) == {"schedule": entries}


def test_a_schedule_makes_its_snapshots(harness: Harness) -> None:
    """One is made at each due hour, of the data at that hour, and kept for the retention."""
    entry = {"frequency": "daily", "hour": 3, "retention_seconds": 172_800}
    harness.do("PUT", SCHEDULE, {"schedule": [entry]})
    harness.advance(hours=12)
    assert listed(harness) == []
    harness.advance(hours=1)
    (first,) = listed(harness)
    assert first["created_at"] == "2026-11-21T03:00:00Z"
    assert first["expires_at"] == "2026-11-23T03:00:00Z"
    assert first["manual"] is False
    harness.advance(days=5)
    days = [one["created_at"][8:10] for one in listed(harness)]
    assert days == ["25", "26"]
    harness.do("PUT", SCHEDULE, {"schedule": []})
    harness.advance(days=5)
    assert listed(harness) == []


@pytest.mark.parametrize(
    ("entry", "instants"),
    [
        ({"frequency": "hourly"}, [f"2026-11-20T{hour}:00:00Z" for hour in range(15, 24)]),
        ({"frequency": "weekly", "day": 2, "hour": 5}, ["2026-11-24T05:00:00Z"]),
        ({"frequency": "monthly", "day": 3}, ["2026-12-03T00:00:00Z"]),
        ({"frequency": "yearly", "month": 12, "day": 24}, ["2026-12-24T00:00:00Z"]),
    ],
)
def test_the_first_snapshots_of_each_frequency(
    harness: Harness, entry: dict[str, Any], instants: list[str]
) -> None:
    harness.do("PUT", SCHEDULE, {"schedule": [entry]})
    harness.advance(days=40)
    made = [one["created_at"] for one in listed(harness)]
    assert made[: len(instants)] == instants


def test_what_a_schedule_made_does_not_count(harness: Harness) -> None:
    """The limit is for manual snapshots; a plan may also have no schedules at all."""
    project = harness.sandbox.model.project
    project.plan = replace(project.plan, manual_snapshots=1)
    harness.do("PUT", SCHEDULE, {"schedule": [{"frequency": "hourly"}]})
    harness.advance(hours=3)
    assert len(listed(harness)) == 3
    assert taken(harness)["manual"] is True
    project.plan = replace(project.plan, snapshot_schedules=False)
    assert harness.refused("PUT", SCHEDULE, {"schedule": []})[0] == 422


def test_slugs_are_not_simulated(harness: Harness) -> None:
    rejection = harness.refused("POST", SNAPSHOT, slug="x")
    assert rejection == (501, "the sandbox does not simulate slugs of snapshots")
