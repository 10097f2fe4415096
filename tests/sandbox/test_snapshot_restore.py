"""Restores from a snapshot, in one step and with a preview."""

from __future__ import annotations

from typing import Any

from tests.sandbox.test_snapshots import SCHEDULE, SNAPSHOT, listed, taken
from tests.sandbox.world import DEVELOPMENT, GOOD, PRODUCTION, World

ENDPOINT = "ep-shop-production-00000001"
GOOD_SQL = "generate_series(701, 750)"
ONGOING = "restore from snapshot on target branch is still ongoing"


def restored(world: World, snapshot: Any, **body: Any) -> Any:
    """Return the branch that a restore makes, all work ended."""
    answer = world.do("POST", f"/snapshots/{snapshot['id']}/restore", body)
    return world.branch(answer["branch"]["id"])


def in_one_step(world: World, snapshot: Any, target: str = PRODUCTION) -> Any:
    """Return the branch that has taken the target's place."""
    return restored(world, snapshot, target_branch_id=target, finalize_restore=True)


def test_one_step_keeps_name_and_address_and_changes_the_id(world: World) -> None:
    """The computes move to a new branch; the one that was goes on under another name."""
    address = world.get(f"/endpoints/{ENDPOINT}")["endpoint"]["host"]
    before = world.storage.commits(PRODUCTION)
    new = in_one_step(world, taken(world, timestamp=GOOD))
    assert new["name"] == "production"
    assert new["id"] != PRODUCTION
    assert new["default"] is True
    assert "parent_id" not in new
    assert (new["restore_status"], new["restored_as"]) == ("finalized", PRODUCTION)
    assert new["parent_timestamp"] == "2026-11-20T14:30:00Z"
    endpoint = world.get(f"/endpoints/{ENDPOINT}")["endpoint"]
    assert (endpoint["branch_id"], endpoint["host"]) == (new["id"], address)
    assert endpoint["current_state"] == "active"
    old = world.branch(PRODUCTION)
    assert (old["name"], old["default"]) == ("production (old)", False)
    assert GOOD_SQL in world.last_sql(new["id"])
    assert world.storage.commits(PRODUCTION) == before


def test_a_second_restore_takes_the_target_that_it_is_given(world: World) -> None:
    """Without one it goes for the branch that the snapshot is from, which is the old one now."""
    snapshot = taken(world, timestamp=GOOD)
    first = in_one_step(world, snapshot)
    second = in_one_step(world, snapshot, first["id"])
    assert second["name"] == "production"
    assert world.branch(first["id"])["name"] == "production (old 2)"
    third = restored(world, snapshot, finalize_restore=True)
    assert third["name"] == "production (old)"
    assert third["restored_as"] == PRODUCTION
    assert world.branch(second["id"])["name"] == "production"


def test_protection_and_schedule_move(world: World) -> None:
    """A protected branch can be replaced, and what replaces it is protected."""
    world.do("PATCH", f"/branches/{PRODUCTION}", {"branch": {"protected": True}})
    world.do("PUT", SCHEDULE, {"schedule": [{"frequency": "daily"}]})
    new = in_one_step(world, taken(world))
    assert (new["protected"], world.branch(PRODUCTION)["protected"]) == (True, False)
    assert world.get(SCHEDULE) == {"schedule": []}
    schedule = world.get(f"/branches/{new['id']}/backup_schedule")
    assert schedule == {"schedule": [{"frequency": "daily"}]}


def test_roles_of_both_are_there(world: World) -> None:
    """A role that was made after the snapshot can log in still; databases are the snapshot's."""
    snapshot = taken(world)
    world.do("POST", f"/branches/{PRODUCTION}/roles", {"role": {"name": "late"}})
    body = {"database": {"name": "late", "owner_name": "late"}}
    world.do("POST", f"/branches/{PRODUCTION}/databases", body)
    path = f"/branches/{in_one_step(world, snapshot)['id']}"
    assert {one["name"] for one in world.get(f"{path}/roles")["roles"]} == {"shop_owner", "late"}
    databases = world.get(f"{path}/databases")["databases"]
    assert [one["name"] for one in databases] == ["shop", "analytics"]


def test_the_old_branch_can_be_deleted_and_its_snapshots_stay(world: World) -> None:
    """A snapshot outlives its branch, and can replace another."""
    first, second = taken(world, timestamp=GOOD), taken(world)
    before = world.storage.commits(PRODUCTION)
    world.do("POST", f"/branches/{DEVELOPMENT}/restore", {"source_branch_id": PRODUCTION})
    new = in_one_step(world, first)
    world.do("DELETE", f"/branches/{DEVELOPMENT}")
    world.do("DELETE", f"/branches/{PRODUCTION}")
    assert [one["source_branch_id"] for one in listed(world)] == [PRODUCTION] * 2
    again = in_one_step(world, second, new["id"])
    assert world.storage.commits(again["id"]) == before
    world.do("DELETE", f"/snapshots/{second['id']}")
    assert world.names() == {"production", "production (old)"}


def test_children_stay_with_the_old_branch(world: World) -> None:
    """They keep it from being deleted, and what took its place is a root that stays."""
    new = in_one_step(world, taken(world))
    assert world.branch(DEVELOPMENT)["parent_id"] == PRODUCTION
    assert world.refused("DELETE", f"/branches/{PRODUCTION}")[0] == 422
    assert world.refused("DELETE", f"/branches/{new['id']}")[0] == 422


def test_a_snapshot_outlives_the_history_window(world: World) -> None:
    """What an instant restore cannot reach any more is there."""
    snapshot = taken(world, timestamp=GOOD)
    world.rest(days=30)
    assert world.refused("POST", SNAPSHOT, timestamp=GOOD)[0] == 400
    assert GOOD_SQL in world.last_sql(in_one_step(world, snapshot)["id"])


def test_a_preview_is_a_branch_of_its_own(world: World) -> None:
    """It has a compute, nothing else has changed, and it says what it is to replace."""
    body = {"target_branch_id": PRODUCTION, "name": "look"}
    path = f"/snapshots/{taken(world, timestamp=GOOD)['id']}/restore"
    answer = world.do("POST", path, body)
    (endpoint,) = answer["endpoints"]
    preview = world.named("look")
    assert endpoint["branch_id"] == preview["id"]
    assert endpoint["id"] != ENDPOINT
    assert (preview["restore_status"], preview["restored_as"]) == ("restored", PRODUCTION)
    assert world.branch(PRODUCTION)["name"] == "production"
    assert GOOD_SQL in world.last_sql(preview["id"])


def test_a_preview_is_finalized(world: World) -> None:
    """What was committed to it since is kept; its own compute goes, and the target's comes."""
    preview = restored(world, taken(world, timestamp=GOOD), name="look")
    world.sandbox.commit("look", "shop", "INSERT INTO customers VALUES (41, 'x')")
    world.do("POST", f"/branches/{preview['id']}/finalize_restore")
    new = world.named("production")
    assert new["id"] == preview["id"]
    assert "INSERT INTO customers" in world.last_sql(new["id"])
    endpoints = world.get("/endpoints")["endpoints"]
    assert {one["id"]: one["branch_id"] for one in endpoints} == {
        ENDPOINT: new["id"],
        "ep-shop-development-00000002": DEVELOPMENT,
    }
    assert world.names() == {"production", "production (old)", "development"}


def test_the_replaced_branch_can_be_given_a_name(world: World) -> None:
    """One that is taken is refused, and nothing has changed."""
    path = f"/branches/{restored(world, taken(world), name='look')['id']}/finalize_restore"
    assert world.refused("POST", path, {"name": "development"})[0] == 409
    assert world.branch(PRODUCTION)["name"] == "production"
    world.do("POST", path, {"name": "replaced"})
    assert world.branch(PRODUCTION)["name"] == "replaced"


def test_an_instant_restore_onto_a_preview_is_refused(world: World) -> None:
    """The branch says so itself; once it is finalized it can be restored."""
    preview = restored(world, taken(world), name="look")
    path = f"/branches/{preview['id']}"
    assert preview["restricted_actions"] == [{"name": "restore", "reason": ONGOING}]
    body = {"source_branch_id": PRODUCTION, "source_timestamp": GOOD}
    assert world.refused("POST", f"{path}/restore", body) == (422, ONGOING)
    world.do("POST", f"{path}/finalize_restore")
    assert "restricted_actions" not in world.branch(preview["id"])
    assert world.restored(preview["id"], **body)["id"] == preview["id"]


def test_only_a_preview_is_finalized_and_only_once(world: World) -> None:
    """Any other branch, a second time, and a target that is gone are refused."""

    def refused(branch: str) -> str:
        status, words = world.refused("POST", f"/branches/{branch}/finalize_restore")
        assert status == 422
        return words.removeprefix("cannot finalize the restore: ")

    assert refused(PRODUCTION) == "the branch was not restored from a snapshot"
    snapshot = taken(world)
    first = in_one_step(world, snapshot)
    assert refused(first["id"]) == "it has been finalized"
    body = {"source_branch_id": first["id"]}
    world.do("POST", f"/branches/{DEVELOPMENT}/restore", body)
    world.do("DELETE", f"/branches/{DEVELOPMENT}")
    preview = restored(world, snapshot, name="look")
    world.do("DELETE", f"/branches/{PRODUCTION}")
    assert refused(preview["id"]) == "the branch to replace is gone"
    lone = restored(world, snapshot)
    assert "restored_as" not in lone
    assert refused(lone["id"]) == "the branch to replace is gone"
    assert world.refused("POST", f"/snapshots/{snapshot['id']}/restore", {"finalize_restore": True})


def test_names_are_made_where_none_are_given(world: World) -> None:
    """And one that is taken is refused."""
    for name in ("good", "x" * 256):
        snapshot = taken(world, name=name)
        names = [restored(world, snapshot)["name"] for _ in range(2)]
        assert names == [f"{name[:200]} restored", f"{name[:200]} restored 2"]
    path = f"/snapshots/{snapshot['id']}/restore"
    assert world.refused("POST", path, {"name": "development"})[0] == 409
    assert world.refused("POST", path, {"target_branch_id": "br-none"})[0] == 404


def test_a_restore_that_fails_leaves_its_operations_failed(world: World) -> None:
    """The error is in the operation, and the branch is not ready."""
    snapshot = taken(world)
    world.storage.fail_next("no space left on device")
    body = {"target_branch_id": PRODUCTION, "finalize_restore": True}
    answer = world.do("POST", f"/snapshots/{snapshot['id']}/restore", body)
    operation = world.get(f"/operations/{answer['operations'][0]['id']}")["operation"]
    assert (operation["status"], operation["error"]) == ("failed", "no space left on device")
    assert world.branch(answer["branch"]["id"])["current_state"] == "init"


def test_a_backup_of_a_restored_branch_is_no_preview(world: World) -> None:
    """What an instant restore keeps has nothing to do with the snapshot any more."""
    new = in_one_step(world, taken(world))
    world.restored(
        new["id"], source_branch_id=PRODUCTION, source_timestamp=GOOD, preserve_under_name="kept"
    )
    assert "restore_status" not in world.named("kept")
    assert world.branch(new["id"])["restore_status"] == "finalized"
