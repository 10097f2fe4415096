"""Tests of a restore."""

from __future__ import annotations

import pytest

from neon_sandbox.scenario import instant
from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION, Harness


def test_it_takes_the_last_commit_at_or_before_a_timestamp(harness: Harness) -> None:
    """A timestamp between two commits resolves to the earlier one."""
    restored = harness.rewound()
    assert restored["parent_timestamp"] == "2026-11-20T14:30:00Z"
    assert restored["parent_lsn"] == str(harness.storage.commits(PRODUCTION)[-1].lsn)
    assert "generate_series(701, 750)" in harness.last_sql(PRODUCTION)


@pytest.mark.parametrize(
    ("point", "resolved"),
    [
        ("2026-11-20T14:31:06.999999Z", "2026-11-20T14:30:00Z"),
        ("2026-11-20T14:31:07Z", "2026-11-20T14:31:07Z"),
        ("2026-11-20T15:31:07+01:00", "2026-11-20T14:31:07Z"),
        ("2026-11-20T14:40:00Z", "2026-11-20T14:33:00Z"),
        ("2026-11-20T08:00:00Z", "2026-11-20T08:00:00Z"),
    ],
)
def test_a_commit_at_the_timestamp_itself_is_included(
    harness: Harness, point: str, resolved: str
) -> None:
    """The point in time is inclusive, to the microsecond and in any offset."""
    restored = harness.restored(
        PRODUCTION,
        source_branch_id=PRODUCTION,
        source_timestamp=point,
        preserve_under_name="before",
    )
    assert restored["parent_timestamp"] == resolved


def test_it_takes_an_lsn(harness: Harness) -> None:
    """An LSN resolves to the commit that ended there."""
    commit = harness.storage.commits(PRODUCTION)[-3]
    restored = harness.restored(
        PRODUCTION,
        source_branch_id=PRODUCTION,
        source_lsn=str(commit.lsn).lower(),
        preserve_under_name="before",
    )
    assert restored["parent_lsn"] == str(commit.lsn)
    assert harness.last_sql(PRODUCTION) == commit.sql


def test_every_database_goes_back(harness: Harness) -> None:
    """The branch also loses the rows that analytics got after the point in time."""
    harness.rewound()
    assert all(commit.time <= instant("14:31:00") for commit in harness.storage.commits(PRODUCTION))


def test_the_branch_keeps_its_id_name_computes_and_roles(harness: Harness) -> None:
    """Clients connect with the same connection string as before."""
    before = harness.branch(PRODUCTION)
    endpoints = harness.get(f"/branches/{PRODUCTION}/endpoints")["endpoints"]
    roles = harness.get(f"/branches/{PRODUCTION}/roles")
    restored = harness.rewound()
    kept = ("id", "name", "default", "protected", "created_at")
    assert [restored[key] for key in kept] == [before[key] for key in kept]
    after = harness.get(f"/branches/{PRODUCTION}/endpoints")["endpoints"]
    assert [(e["id"], e["host"]) for e in after] == [(e["id"], e["host"]) for e in endpoints]
    assert harness.get(f"/branches/{PRODUCTION}/roles") == roles


def test_the_previous_state_is_kept_under_the_name(harness: Harness) -> None:
    """The backup branch has all data of the branch and no compute."""
    before = harness.storage.commits(PRODUCTION)
    harness.rewound("before")
    backup = harness.named("before")
    assert backup["id"] == "br-shop-sandbox-00000003"
    assert harness.storage.commits(backup["id"]) == before
    assert harness.get(f"/branches/{backup['id']}/endpoints") == {"endpoints": []}
    databases = harness.get(f"/branches/{backup['id']}/databases")["databases"]
    assert [database["name"] for database in databases] == ["shop", "analytics"]


def test_a_restored_root_and_its_backup_are_both_roots(harness: Harness) -> None:
    """Neither is the parent of the other."""
    restored = harness.rewound("before")
    assert "parent_id" not in restored
    assert "parent_id" not in harness.named("before")
    assert harness.named("before")["default"] is False


def test_the_children_move_to_the_backup(harness: Harness) -> None:
    """A rollback does not move the children back."""
    harness.rewound("before")
    backup = harness.named("before")["id"]
    assert harness.branch(DEVELOPMENT)["parent_id"] == backup
    harness.restored(PRODUCTION, source_branch_id=backup, preserve_under_name="rewound")
    assert harness.branch(DEVELOPMENT)["parent_id"] == backup


def test_a_rollback_restores_from_the_backup_at_its_head(harness: Harness) -> None:
    """The branch has the data from before the restore again."""
    before = harness.storage.commits(PRODUCTION)
    harness.rewound("before")
    harness.restored(
        PRODUCTION,
        source_branch_id=harness.named("before")["id"],
        preserve_under_name="rewound",
    )
    assert harness.storage.commits(PRODUCTION) == before
    assert harness.names() == {"production", "development", "before", "rewound"}


def test_it_is_resetting_until_its_operations_have_finished(harness: Harness) -> None:
    """The response comes before the end: the branch is not ready, and its point is not yet set."""
    answer = harness.restore(
        PRODUCTION,
        source_branch_id=PRODUCTION,
        source_timestamp=BEFORE_DELETE,
        preserve_under_name="before",
    ).json()
    for branch in (answer["branch"], harness.branch(PRODUCTION)):
        assert (branch["current_state"], branch["pending_state"]) == ("resetting", "ready")
        assert branch["last_reset_at"] == "2026-11-20T14:40:00Z"
        assert "parent_lsn" not in branch
        assert "parent_timestamp" not in branch
    harness.run_until_idle()
    restored = harness.branch(PRODUCTION)
    assert restored["current_state"] == "ready"
    assert restored["state_changed_at"] == "2026-11-20T14:40:05Z"
    assert "pending_state" not in restored
    assert restored["last_reset_at"] == "2026-11-20T14:40:00Z"


def test_an_earlier_point_is_not_taken_for_the_new_one(harness: Harness) -> None:
    """During a reset, the branch does not have the parent point of its previous data."""
    assert "parent_lsn" in harness.branch(DEVELOPMENT)
    reset = harness.restore(DEVELOPMENT, source_branch_id=PRODUCTION).json()["branch"]
    assert "parent_lsn" not in reset
    assert "parent_timestamp" not in reset


def test_its_compute_starts_anew(harness: Harness) -> None:
    """The endpoint is in the state init during the restore, and active afterward."""
    harness.restore(
        PRODUCTION,
        source_branch_id=PRODUCTION,
        source_timestamp=BEFORE_DELETE,
        preserve_under_name="before",
    )
    endpoint = harness.get("/endpoints/ep-shop-production-00000001")["endpoint"]
    assert (endpoint["current_state"], endpoint["pending_state"]) == ("init", "active")
    harness.run_until_idle()
    endpoint = harness.get("/endpoints/ep-shop-production-00000001")["endpoint"]
    assert endpoint["current_state"] == "active"
    assert endpoint["started_at"] == "2026-11-20T14:40:05Z"


def test_a_root_can_be_taken_to_a_point_of_another_root(harness: Harness) -> None:
    """A backup branch has the history of the branch, and can be the source of a point in time."""
    harness.rewound("before")
    backup = harness.named("before")["id"]
    restored = harness.restored(
        PRODUCTION,
        source_branch_id=backup,
        source_timestamp="2026-11-20T14:32:00Z",
        preserve_under_name="second",
    )
    assert restored["parent_timestamp"] == "2026-11-20T14:31:07Z"
    assert harness.last_sql(PRODUCTION) == "DELETE FROM orders"


def test_own_history_after_a_restore_is_the_restored_one(harness: Harness) -> None:
    """A timestamp between the point and the restore resolves to the restored data."""
    harness.rewound("before")
    harness.advance(minutes=5)
    restored = harness.restored(
        PRODUCTION,
        source_branch_id=PRODUCTION,
        source_timestamp="2026-11-20T14:35:00Z",
        preserve_under_name="second",
    )
    assert restored["parent_timestamp"] == "2026-11-20T14:30:00Z"


def test_own_history_reaches_back_behind_a_restore(harness: Harness) -> None:
    """A point in time before the restored one is still reachable."""
    harness.rewound("first")
    restored = harness.restored(
        PRODUCTION,
        source_branch_id=PRODUCTION,
        source_timestamp="2026-11-20T12:20:00Z",
        preserve_under_name="second",
    )
    assert restored["parent_timestamp"] == "2026-11-20T12:15:00Z"


def test_a_root_without_children_can_drop_its_state(harness: Harness) -> None:
    """A restore from another branch's head makes a backup branch only if the request names one."""
    harness.rewound("before")
    backup = harness.named("before")["id"]
    harness.restored(PRODUCTION, source_branch_id=backup)
    assert harness.names() == {"production", "development", "before"}
    assert harness.last_sql(PRODUCTION) == harness.last_sql(backup)


def test_a_root_can_take_the_head_of_its_own_child(harness: Harness) -> None:
    """Any branch's head can be the source; the child itself moves to the backup branch."""
    harness.restored(PRODUCTION, source_branch_id=DEVELOPMENT, preserve_under_name="before")
    assert harness.storage.commits(PRODUCTION) == harness.storage.commits(DEVELOPMENT)
    assert harness.branch(DEVELOPMENT)["parent_id"] == harness.named("before")["id"]
    assert "parent_id" not in harness.branch(PRODUCTION)


def test_a_child_is_reset_to_the_head_of_its_parent(harness: Harness) -> None:
    """Without a backup name, the child keeps its parent and loses its previous data."""
    harness.sandbox.commit("development", "shop", "INSERT INTO customers VALUES (41, 'x')")
    reset = harness.restored(DEVELOPMENT, source_branch_id=PRODUCTION)
    assert reset["parent_id"] == PRODUCTION
    assert reset["parent_timestamp"] == "2026-11-20T14:33:00Z"
    assert harness.storage.commits(DEVELOPMENT) == harness.storage.commits(PRODUCTION)
    assert harness.names() == {"production", "development"}


def test_the_backup_of_a_child_becomes_its_parent(harness: Harness) -> None:
    """The backup branch becomes a child of the previous parent."""
    reset = harness.restored(
        DEVELOPMENT, source_branch_id=PRODUCTION, preserve_under_name="development-old"
    )
    backup = harness.named("development-old")
    assert reset["parent_id"] == backup["id"]
    assert backup["parent_id"] == PRODUCTION


def test_a_database_made_after_the_point_is_not_on_the_restored_branch(harness: Harness) -> None:
    """A restore overwrites the list of databases too; the backup branch still has the new one."""
    body = {"database": {"name": "reports", "owner_name": "shop_owner"}}
    harness.do("POST", f"/branches/{PRODUCTION}/databases", body)
    harness.rewound("before")
    names = {
        branch: [d["name"] for d in harness.get(f"/branches/{branch}/databases")["databases"]]
        for branch in (PRODUCTION, harness.named("before")["id"])
    }
    assert names == {
        PRODUCTION: ["shop", "analytics"],
        "br-shop-sandbox-00000003": ["shop", "analytics", "reports"],
    }


def test_a_role_made_after_the_point_stays(harness: Harness) -> None:
    """A restore does not change roles and passwords."""
    made = harness.do("POST", f"/branches/{PRODUCTION}/roles", {"role": {"name": "reader"}})
    harness.rewound()
    path = f"/branches/{PRODUCTION}/roles/reader/reveal_password"
    assert harness.get(path)["password"] == made["role"]["password"]


def test_a_role_keeps_its_password_whatever_the_source(harness: Harness) -> None:
    """If both branches have the role, the destination's password stays."""
    made = [
        harness.do("POST", f"/branches/{branch}/roles", {"role": {"name": "reader"}})["role"]
        for branch in (PRODUCTION, DEVELOPMENT)
    ]
    assert made[0]["password"] != made[1]["password"]
    harness.restored(PRODUCTION, source_branch_id=DEVELOPMENT, preserve_under_name="before")
    path = f"/branches/{PRODUCTION}/roles/reader/reveal_password"
    assert harness.get(path)["password"] == made[0]["password"]


def test_a_role_that_only_the_source_has_comes_along(harness: Harness) -> None:
    """The role may own objects in the restored data."""
    harness.do("POST", f"/branches/{DEVELOPMENT}/roles", {"role": {"name": "reader"}})
    harness.restored(PRODUCTION, source_branch_id=DEVELOPMENT, preserve_under_name="before")
    names = [role["name"] for role in harness.get(f"/branches/{PRODUCTION}/roles")["roles"]]
    assert sorted(names) == ["reader", "shop_owner"]


def test_a_backup_can_be_restored_itself(harness: Harness) -> None:
    """A backup branch is a root branch, and its restore creates another backup branch."""
    harness.rewound("before")
    backup = harness.named("before")["id"]
    restored = harness.restored(
        backup,
        source_branch_id=backup,
        source_timestamp=BEFORE_DELETE,
        preserve_under_name="deeper",
    )
    assert restored["parent_timestamp"] == "2026-11-20T14:30:00Z"
    assert harness.branch(DEVELOPMENT)["parent_id"] == harness.named("deeper")["id"]
