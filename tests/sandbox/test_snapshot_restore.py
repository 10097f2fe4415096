"""Restores from a snapshot, in one step and with a preview."""

from typing import Any

import pytest

from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION, REWIND, Harness
from tests.sandbox.test_snapshots import SCHEDULE, SNAPSHOT, listed, taken

ENDPOINT = "ep-shop-production-00000001"
GOOD_SQL = "generate_series(701, 750)"
ONGOING = "restore from snapshot on target branch is still ongoing"


def restored(harness: Harness, snapshot: Any, **body: Any) -> Any:
    """Restore a snapshot; return the new branch after all operations have ended."""
    answer = harness.do("POST", f"/snapshots/{snapshot['id']}/restore", body)
    return harness.branch(answer["branch"]["id"])


def in_one_step(harness: Harness, snapshot: Any, target: str = PRODUCTION) -> Any:
    """Restore a snapshot in one step; return the branch that replaced the target."""
    return restored(harness, snapshot, target_branch_id=target, finalize_restore=True)


def test_one_step_keeps_name_and_address_and_changes_the_id(harness: Harness) -> None:
    """The computes move to a new branch, and the replaced one stays under another name."""
    address = harness.get(f"/endpoints/{ENDPOINT}")["endpoint"]["host"]
    before = harness.storage.commits(PRODUCTION)
    new = in_one_step(harness, taken(harness, timestamp=BEFORE_DELETE))
    assert new["name"] == "production"
    assert new["id"] != PRODUCTION
    assert new["default"] is True
    assert "parent_id" not in new
    assert (new["restore_status"], new["restored_as"]) == ("finalized", PRODUCTION)
    assert new["parent_timestamp"] == "2026-11-20T14:30:00Z"
    endpoint = harness.get(f"/endpoints/{ENDPOINT}")["endpoint"]
    assert (endpoint["branch_id"], endpoint["host"]) == (new["id"], address)
    assert endpoint["current_state"] == "active"
    old = harness.branch(PRODUCTION)
    assert (old["name"], old["default"]) == ("production (old)", False)
    assert GOOD_SQL in harness.last_sql(new["id"])
    assert harness.storage.commits(PRODUCTION) == before


def test_a_second_restore_takes_the_target_that_it_is_given(harness: Harness) -> None:
    """Without a target, it replaces the snapshot's source branch, which is the old one now."""
    snapshot = taken(harness, timestamp=BEFORE_DELETE)
    first = in_one_step(harness, snapshot)
    second = in_one_step(harness, snapshot, first["id"])
    assert second["name"] == "production"
    assert harness.branch(first["id"])["name"] == "production (old 2)"
    third = restored(harness, snapshot, finalize_restore=True)
    assert third["name"] == "production (old)"
    assert third["restored_as"] == PRODUCTION
    assert harness.branch(second["id"])["name"] == "production"


def test_protection_and_schedule_move(harness: Harness) -> None:
    harness.do("PATCH", f"/branches/{PRODUCTION}", {"branch": {"protected": True}})
    harness.do("PUT", SCHEDULE, {"schedule": [{"frequency": "daily"}]})
    new = in_one_step(harness, taken(harness))
    assert (new["protected"], harness.branch(PRODUCTION)["protected"]) == (True, False)
    assert harness.get(SCHEDULE) == {"schedule": []}
    schedule = harness.get(f"/branches/{new['id']}/backup_schedule")
    assert schedule == {"schedule": [{"frequency": "daily"}]}


def test_roles_of_both_are_there(harness: Harness) -> None:
    """A role made after the snapshot can still log in; databases are the snapshot's."""
    snapshot = taken(harness)
    harness.do("POST", f"/branches/{PRODUCTION}/roles", {"role": {"name": "late"}})
    body = {"database": {"name": "late", "owner_name": "late"}}
    harness.do("POST", f"/branches/{PRODUCTION}/databases", body)
    new = in_one_step(harness, snapshot)["id"]
    assert sorted(harness.names_in(new, "roles")) == ["late", "shop_owner"]
    assert harness.names_in(new, "databases") == ["shop", "analytics"]


def test_the_old_branch_can_be_deleted_and_its_snapshots_stay(harness: Harness) -> None:
    first, second = taken(harness, timestamp=BEFORE_DELETE), taken(harness)
    before = harness.storage.commits(PRODUCTION)
    harness.restored(DEVELOPMENT, source_branch_id=PRODUCTION)
    new = in_one_step(harness, first)
    harness.do("DELETE", f"/branches/{DEVELOPMENT}")
    harness.do("DELETE", f"/branches/{PRODUCTION}")
    assert [one["source_branch_id"] for one in listed(harness)] == [PRODUCTION] * 2
    again = in_one_step(harness, second, new["id"])
    assert harness.storage.commits(again["id"]) == before
    harness.do("DELETE", f"/snapshots/{second['id']}")
    assert harness.names() == {"production", "production (old)"}


def test_children_stay_with_the_old_branch(harness: Harness) -> None:
    """Children prevent its deletion, and the root branch that replaced it cannot be deleted."""
    new = in_one_step(harness, taken(harness))
    assert harness.branch(DEVELOPMENT)["parent_id"] == PRODUCTION
    assert harness.refused("DELETE", f"/branches/{PRODUCTION}")[0] == 422
    assert harness.refused("DELETE", f"/branches/{new['id']}")[0] == 422


def test_a_snapshot_outlives_the_history_window(harness: Harness) -> None:
    snapshot = taken(harness, timestamp=BEFORE_DELETE)
    harness.advance(days=30)
    assert harness.refused("POST", SNAPSHOT, timestamp=BEFORE_DELETE)[0] == 400
    assert GOOD_SQL in harness.last_sql(in_one_step(harness, snapshot)["id"])


def test_a_preview_is_a_branch_of_its_own(harness: Harness) -> None:
    """The preview has a compute and names the branch to replace, and nothing else changes."""
    path = f"/snapshots/{taken(harness, timestamp=BEFORE_DELETE)['id']}/restore"
    answer = harness.do("POST", path, {"target_branch_id": PRODUCTION, "name": "look"})
    (endpoint,) = answer["endpoints"]
    preview = harness.named("look")
    assert endpoint["branch_id"] == preview["id"]
    assert endpoint["id"] != ENDPOINT
    assert (preview["restore_status"], preview["restored_as"]) == ("restored", PRODUCTION)
    assert harness.branch(PRODUCTION)["name"] == "production"
    assert GOOD_SQL in harness.last_sql(preview["id"])


def test_the_branch_of_a_snapshot_is_known_by_its_operations_alone(harness: Harness) -> None:
    """Neon keeps a snapshot as an archived branch that it does not list."""

    def on(operations: list[dict[str, str]]) -> list[tuple[str, str]]:
        return [(one["action"], one["branch_id"]) for one in operations]

    made = harness.do("POST", SNAPSHOT)
    hidden = made["operations"][0]["branch_id"]
    assert on(made["operations"]) == [("create_branch", hidden), ("timeline_archive", hidden)]
    assert hidden not in {branch["id"] for branch in harness.branches()}
    path = f"/snapshots/{made['snapshot']['id']}"
    for body in ({"name": "look"}, {"finalize_restore": True}):
        made = harness.do("POST", f"{path}/restore", body)
        new = made["branch"]["id"]
        assert on(made["operations"])[:2] == [
            ("timeline_unarchive", hidden),
            ("create_branch", new),
        ]
        assert {branch for _, branch in on(made["operations"])[1:]} == {new}
    assert on(harness.do("DELETE", path)["operations"]) == [("delete_timeline", hidden)]
    other = harness.do("POST", f"/branches/{new}/snapshot")
    assert other["operations"][0]["branch_id"] != hidden


def test_a_preview_is_finalized(harness: Harness) -> None:
    """Later commits to it are kept; its compute is deleted, and the target's moves to it."""
    preview = restored(harness, taken(harness, timestamp=BEFORE_DELETE), name="look")
    harness.sandbox.commit("look", "shop", "INSERT INTO customers VALUES (41, 'x')")
    harness.do("POST", f"/branches/{preview['id']}/finalize_restore")
    new = harness.named("production")
    assert new["id"] == preview["id"]
    assert "INSERT INTO customers" in harness.last_sql(new["id"])
    endpoints = {one["id"]: one["branch_id"] for one in harness.get("/endpoints")["endpoints"]}
    assert endpoints == {ENDPOINT: new["id"], "ep-shop-development-00000002": DEVELOPMENT}
    assert harness.names() == {"production", "production (old)", "development"}


@pytest.mark.parametrize(
    ("target", "deletable"), [(DEVELOPMENT, True), ("schema-only", True), (PRODUCTION, False)]
)
def test_a_root_is_as_deletable_as_what_it_replaces(
    harness: Harness, target: str, deletable: bool
) -> None:
    """The root that replaces a child is one more. What it replaced can be deleted too."""
    if target == "schema-only":
        target = harness.created("empty", init_source=target)["id"]
    elif target == PRODUCTION:
        harness.do("DELETE", f"/branches/{DEVELOPMENT}")
    path = f"/snapshots/{taken(harness)['id']}/restore"
    body = {"target_branch_id": target, "finalize_restore": True}
    new = harness.do("POST", path, body)["branch"]["id"]
    harness.do("DELETE", f"/branches/{target}")
    if not deletable:
        other = harness.created("other", init_source="schema-only")["id"]
        harness.do("POST", f"/branches/{other}/set_as_default")
    assert harness.ask("DELETE", f"/branches/{new}").is_success is deletable


def test_the_replaced_branch_can_be_given_a_name(harness: Harness) -> None:
    path = f"/branches/{restored(harness, taken(harness), name='look')['id']}/finalize_restore"
    assert harness.refused("POST", path, {"name": "development"})[0] == 409
    assert harness.branch(PRODUCTION)["name"] == "production"
    harness.do("POST", path, {"name": "replaced"})
    assert harness.branch(PRODUCTION)["name"] == "replaced"


def test_an_instant_restore_onto_a_preview_is_refused(harness: Harness) -> None:
    """The branch lists the restriction; once it is finalized, it can be restored."""
    preview = restored(harness, taken(harness), name="look")
    path = f"/branches/{preview['id']}"
    assert preview["restricted_actions"] == [{"name": "restore", "reason": ONGOING}]
    body = {"source_branch_id": PRODUCTION, "source_timestamp": BEFORE_DELETE}
    assert harness.refused("POST", f"{path}/restore", body) == (422, ONGOING)
    harness.do("POST", f"{path}/finalize_restore")
    assert "restricted_actions" not in harness.branch(preview["id"])
    assert harness.restored(preview["id"], **body)["id"] == preview["id"]


def test_only_a_preview_is_finalized_and_only_once(harness: Harness) -> None:
    """Any other branch, a second time, and a deleted target are rejected with 422."""

    def refused(branch: str) -> str:
        status, words = harness.refused("POST", f"/branches/{branch}/finalize_restore")
        assert status == 422
        return words.removeprefix("cannot finalize the restore: ")

    assert refused(PRODUCTION) == "the branch was not restored from a snapshot"
    snapshot = taken(harness)
    first = in_one_step(harness, snapshot)
    assert refused(first["id"]) == "it has been finalized"
    harness.restored(DEVELOPMENT, source_branch_id=first["id"])
    harness.do("DELETE", f"/branches/{DEVELOPMENT}")
    preview = restored(harness, snapshot, name="look")
    harness.do("DELETE", f"/branches/{PRODUCTION}")
    assert refused(preview["id"]) == "the branch to replace is gone"
    lone = restored(harness, snapshot)
    assert "restored_as" not in lone
    assert refused(lone["id"]) == "the branch to replace is gone"
    path = f"/snapshots/{snapshot['id']}/restore"
    rejection = harness.refused("POST", path, {"finalize_restore": True})
    assert rejection == (404, "branch not found")


def test_names_are_made_where_none_are_given(harness: Harness) -> None:
    for name in ("good", "x" * 256):
        snapshot = taken(harness, name=name)
        names = [restored(harness, snapshot)["name"] for _ in range(2)]
        assert names == [f"{name[:200]} restored", f"{name[:200]} restored 2"]
    path = f"/snapshots/{snapshot['id']}/restore"
    assert harness.refused("POST", path, {"name": "development"})[0] == 409
    assert harness.refused("POST", path, {"target_branch_id": "br-none"})[0] == 404


def test_a_restore_that_fails_leaves_its_operations_failed(harness: Harness) -> None:
    snapshot = taken(harness)
    harness.storage.fail_next("no space left on device")
    body = {"target_branch_id": PRODUCTION, "finalize_restore": True}
    answer = harness.do("POST", f"/snapshots/{snapshot['id']}/restore", body)
    operation = harness.get(f"/operations/{answer['operations'][0]['id']}")["operation"]
    assert (operation["status"], operation["error"]) == ("failed", "no space left on device")
    assert harness.branch(answer["branch"]["id"])["current_state"] == "init"


def test_a_backup_of_a_restored_branch_is_no_preview(harness: Harness) -> None:
    """The backup branch of an instant restore is unrelated to the snapshot."""
    new = in_one_step(harness, taken(harness))
    harness.restored(new["id"], **REWIND)
    assert "restore_status" not in harness.named("before")
    assert harness.branch(new["id"])["restore_status"] == "finalized"
