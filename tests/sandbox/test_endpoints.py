"""Tests of computes: adding, changing, starting, suspending and deleting them."""

from typing import Any

import pytest

from tests.sandbox.harness import DEVELOPMENT, PRODUCTION, REWIND, Harness

FIRST = "/endpoints/ep-shop-production-00000001"
SIZE: dict[str, Any] = {
    "autoscaling_limit_min_cu": 0.5,
    "autoscaling_limit_max_cu": 3,
    "suspend_timeout_seconds": 600,
}


def new(branch: str, kind: str = "read_write", **options: Any) -> dict[str, Any]:
    """Return the body of a request for a compute."""
    return {"endpoint": {"branch_id": branch, "type": kind, **options}}


def test_a_compute_is_added_to_a_backup_branch(harness: Harness) -> None:
    """It starts, and then the branch has a connection string."""
    backup = harness.backup()
    made = harness.ask("POST", "/endpoints", new(backup, name="look", **SIZE)).json()
    assert [one["action"] for one in made["operations"]] == ["start_compute"]
    assert made["endpoint"].items() >= {"name": "look", "current_state": "init", **SIZE}.items()
    harness.run_until_idle()
    endpoint = harness.get(f"/endpoints/{made['endpoint']['id']}")["endpoint"]
    assert (endpoint["current_state"], "pending_state" in endpoint) == ("active", False)
    query = {"branch_id": backup, "database_name": "shop", "role_name": "shop_owner"}
    assert endpoint["host"] in harness.get("/connection_uri", **query)["uri"]


def test_sizes_are_kept_by_each_way_to_give_them(harness: Harness) -> None:
    branch = harness.created("sized", [{"type": "read_write", **SIZE}])["id"]
    (endpoint,) = harness.get(f"/branches/{branch}/endpoints")["endpoints"]
    assert endpoint.items() >= SIZE.items()
    path = f"/endpoints/{endpoint['id']}"
    made = harness.do("PATCH", path, {"endpoint": {"autoscaling_limit_max_cu": 4}})
    assert [one["action"] for one in made["operations"]] == ["apply_config"]
    assert made["endpoint"].items() >= (SIZE | {"autoscaling_limit_max_cu": 4}).items()
    assert harness.get(path)["endpoint"] == made["endpoint"]


@pytest.mark.parametrize(
    ("action", "operations", "state"),
    [
        ("suspend", ["suspend_compute"], "idle"),
        ("start", [], "active"),
        ("restart", ["suspend_compute", "start_compute"], "active"),
    ],
)
def test_an_active_compute(
    harness: Harness, action: str, operations: list[str], state: str
) -> None:
    made = harness.do("POST", f"{FIRST}/{action}")
    assert [one["action"] for one in made["operations"]] == operations
    assert harness.get(FIRST)["endpoint"]["current_state"] == state


def test_a_suspended_compute_starts_again(harness: Harness) -> None:
    suspending = harness.ask("POST", f"{FIRST}/suspend").json()["endpoint"]
    assert (suspending["current_state"], suspending["pending_state"]) == ("active", "idle")
    harness.run_until_idle()
    assert harness.get(FIRST)["endpoint"]["suspended_at"] == "2026-11-20T14:40:00Z"
    assert harness.do("POST", f"{FIRST}/suspend")["operations"] == []
    assert len(harness.do("POST", f"{FIRST}/start")["operations"]) == 1
    endpoint = harness.get(FIRST)["endpoint"]
    assert endpoint["current_state"] == "active"
    assert endpoint["started_at"] > endpoint["suspended_at"]


def test_a_disabled_compute_does_not_start(harness: Harness) -> None:
    made = harness.do("PATCH", FIRST, {"endpoint": {"disabled": True}})
    assert [one["action"] for one in made["operations"]] == ["apply_config", "suspend_compute"]
    assert harness.get(FIRST)["endpoint"].items() >= {"current_state": "idle"}.items()
    assert "disabled" in harness.refused("POST", f"{FIRST}/start")[1]
    harness.do("PATCH", FIRST, {"endpoint": {"disabled": False}})
    harness.do("POST", f"{FIRST}/start")


@pytest.mark.parametrize(
    ("restore", "body"),
    [
        (f"/branches/{PRODUCTION}/restore", REWIND),
        ("/snapshots/snap-shop-sandbox-00000001/restore", {"finalize_restore": True}),
    ],
)
def test_a_disabled_compute_stays_so_through_a_restore(
    harness: Harness, restore: str, body: object
) -> None:
    """No operation starts it."""
    harness.do("POST", f"/branches/{PRODUCTION}/snapshot")
    harness.do("PATCH", FIRST, {"endpoint": {"disabled": True}})
    before = harness.get(FIRST)["endpoint"]
    made = harness.do("POST", restore, body)
    assert "start_compute" not in [one["action"] for one in made["operations"]]
    after = harness.get(FIRST)["endpoint"]
    assert after == before | {"branch_id": made["branch"]["id"]}


def test_a_compute_that_is_created_disabled_is_idle(harness: Harness) -> None:
    made = harness.do("POST", "/endpoints", new(harness.backup(), disabled=True))
    assert [one["action"] for one in made["operations"]] == ["suspend_compute"]
    endpoint = harness.get(f"/endpoints/{made['endpoint']['id']}")["endpoint"]
    assert (endpoint["current_state"], endpoint["disabled"]) == ("idle", True)
    assert endpoint.keys().isdisjoint({"pending_state", "started_at"})


def test_a_deleted_compute_leaves_room_for_another(harness: Harness) -> None:
    made = harness.do("DELETE", FIRST)
    assert [one["action"] for one in made["operations"]] == ["suspend_compute"]
    assert harness.ask("DELETE", FIRST).status_code == 204
    assert harness.refused("GET", FIRST)[0] == 404
    harness.do("POST", "/endpoints", new(PRODUCTION))


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("POST", "/endpoints", new(PRODUCTION), 409, "read_write endpoint already exists"),
        ("POST", "/endpoints", new("br-nowhere-00000009"), 404, "branch not found"),
        ("POST", "/endpoints", new(PRODUCTION, "both"), 400, "type"),
        ("POST", "/endpoints", new(PRODUCTION, "read_only", region_id="x"), 400, "region"),
        ("PATCH", FIRST, {"endpoint": {"autoscaling_limit_min_cu": 4}}, 400, "greater than"),
        ("PATCH", FIRST, {"endpoint": {"autoscaling_limit_min_cu": 0.1}}, 400, "0.25"),
        ("PATCH", FIRST, {"endpoint": {"suspend_timeout_seconds": 30}}, 400, "from 60"),
        ("PATCH", FIRST, {"endpoint": {"branch_id": DEVELOPMENT}}, 501, "moving a compute"),
        ("PATCH", FIRST, {"endpoint": {"settings": {}}}, 501, "settings of a compute"),
        ("POST", "/endpoints/ep-nowhere-00000009/start", None, 404, "endpoint not found"),
        (
            "POST",
            "/branches",
            {
                "branch": {},
                "endpoints": [{"type": "read_write", **SIZE, "autoscaling_limit_min_cu": 4}],
            },
            400,
            "greater than",
        ),
    ],
)
def test_what_is_refused(
    harness: Harness, method: str, path: str, body: object, status: int, message: str
) -> None:
    found, said = harness.refused(method, path, body)
    assert (found, message in said) == (status, True), said


def test_a_replica_can_stand_beside_the_read_write_compute(harness: Harness) -> None:
    harness.do("POST", "/endpoints", new(PRODUCTION, "read_only"))
    found = harness.get(f"/branches/{PRODUCTION}/endpoints")["endpoints"]
    assert [one["type"] for one in found] == ["read_write", "read_only"]


def test_work_in_progress_refuses_more(harness: Harness) -> None:
    harness.ask("POST", f"{FIRST}/suspend")
    for method, path in [("POST", f"{FIRST}/start"), ("DELETE", FIRST), ("PATCH", FIRST)]:
        assert (
            harness.refused(method, path, {"endpoint": {}} if method == "PATCH" else None)[0] == 423
        )
