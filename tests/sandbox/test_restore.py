"""What a restore does."""

from __future__ import annotations

import pytest

from neon_sandbox.scenario import instant
from tests.sandbox.world import DEVELOPMENT, GOOD, PRODUCTION, World


def test_it_takes_the_last_commit_at_or_before_a_timestamp(world: World) -> None:
    """A moment between two commits stands for the earlier of them."""
    restored = world.rewound()
    assert restored["parent_timestamp"] == "2026-11-20T14:30:00Z"
    assert restored["parent_lsn"] == str(world.storage.commits(PRODUCTION)[-1].lsn)
    assert "generate_series(701, 750)" in world.last_sql(PRODUCTION)


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
    world: World, point: str, resolved: str
) -> None:
    """The point is inclusive, to the microsecond and in any offset."""
    restored = world.restored(
        PRODUCTION,
        source_branch_id=PRODUCTION,
        source_timestamp=point,
        preserve_under_name="before",
    )
    assert restored["parent_timestamp"] == resolved


def test_it_takes_an_lsn(world: World) -> None:
    """An LSN names the state after the commit that ended there."""
    commit = world.storage.commits(PRODUCTION)[-3]
    restored = world.restored(
        PRODUCTION,
        source_branch_id=PRODUCTION,
        source_lsn=str(commit.lsn).lower(),
        preserve_under_name="before",
    )
    assert restored["parent_lsn"] == str(commit.lsn)
    assert world.last_sql(PRODUCTION) == commit.sql


def test_every_database_goes_back(world: World) -> None:
    """The rows that analytics got after the point are gone from the branch too."""
    world.rewound()
    assert all(commit.time <= instant("14:31:00") for commit in world.storage.commits(PRODUCTION))


def test_the_branch_keeps_its_id_name_computes_and_roles(world: World) -> None:
    """Whoever connects does so with the string that they had."""
    before = world.branch(PRODUCTION)
    endpoints = world.get(f"/branches/{PRODUCTION}/endpoints")["endpoints"]
    roles = world.get(f"/branches/{PRODUCTION}/roles")
    restored = world.rewound()
    kept = ("id", "name", "default", "protected", "created_at")
    assert [restored[key] for key in kept] == [before[key] for key in kept]
    after = world.get(f"/branches/{PRODUCTION}/endpoints")["endpoints"]
    assert [(e["id"], e["host"]) for e in after] == [(e["id"], e["host"]) for e in endpoints]
    assert world.get(f"/branches/{PRODUCTION}/roles") == roles


def test_the_previous_state_is_kept_under_the_name(world: World) -> None:
    """The backup holds all that the branch held, and nothing runs on it."""
    before = world.storage.commits(PRODUCTION)
    world.rewound("before")
    backup = world.named("before")
    assert backup["id"] == "br-shop-sandbox-00000003"
    assert world.storage.commits(backup["id"]) == before
    assert world.get(f"/branches/{backup['id']}/endpoints") == {"endpoints": []}
    databases = world.get(f"/branches/{backup['id']}/databases")["databases"]
    assert [database["name"] for database in databases] == ["shop", "analytics"]


def test_a_restored_root_and_its_backup_are_both_roots(world: World) -> None:
    """There is no parent between them."""
    restored = world.rewound("before")
    assert "parent_id" not in restored
    assert "parent_id" not in world.named("before")
    assert world.named("before")["default"] is False


def test_the_children_move_to_the_backup(world: World) -> None:
    """They stay where they branched off, and do not come back with a rollback."""
    world.rewound("before")
    backup = world.named("before")["id"]
    assert world.branch(DEVELOPMENT)["parent_id"] == backup
    world.restored(PRODUCTION, source_branch_id=backup, preserve_under_name="rewound")
    assert world.branch(DEVELOPMENT)["parent_id"] == backup


def test_a_rollback_restores_from_the_backup_at_its_head(world: World) -> None:
    """The branch holds again what it held before the restore."""
    before = world.storage.commits(PRODUCTION)
    world.rewound("before")
    world.restored(
        PRODUCTION,
        source_branch_id=world.named("before")["id"],
        preserve_under_name="rewound",
    )
    assert world.storage.commits(PRODUCTION) == before
    assert world.names() == {"production", "development", "before", "rewound"}


def test_it_is_resetting_until_its_operations_have_finished(world: World) -> None:
    """The answer is a receipt: the branch is not ready, and its point not final."""
    answer = world.restore(
        PRODUCTION,
        source_branch_id=PRODUCTION,
        source_timestamp=GOOD,
        preserve_under_name="before",
    ).json()
    for branch in (answer["branch"], world.branch(PRODUCTION)):
        assert (branch["current_state"], branch["pending_state"]) == ("resetting", "ready")
        assert branch["last_reset_at"] == "2026-11-20T14:40:00Z"
        assert "parent_lsn" not in branch
        assert "parent_timestamp" not in branch
    world.run_until_idle()
    restored = world.branch(PRODUCTION)
    assert restored["current_state"] == "ready"
    assert restored["state_changed_at"] == "2026-11-20T14:40:05Z"
    assert "pending_state" not in restored
    assert restored["last_reset_at"] == "2026-11-20T14:40:00Z"


def test_an_earlier_point_is_not_taken_for_the_new_one(world: World) -> None:
    """While a branch is reset again, where its data came from before says nothing."""
    assert "parent_lsn" in world.branch(DEVELOPMENT)
    reset = world.restore(DEVELOPMENT, source_branch_id=PRODUCTION).json()["branch"]
    assert "parent_lsn" not in reset
    assert "parent_timestamp" not in reset


def test_its_compute_starts_anew(world: World) -> None:
    """The endpoint is on its way while the branch is reset, and active after."""
    world.restore(
        PRODUCTION,
        source_branch_id=PRODUCTION,
        source_timestamp=GOOD,
        preserve_under_name="before",
    )
    endpoint = world.get("/endpoints/ep-shop-production-00000001")["endpoint"]
    assert (endpoint["current_state"], endpoint["pending_state"]) == ("init", "active")
    world.run_until_idle()
    endpoint = world.get("/endpoints/ep-shop-production-00000001")["endpoint"]
    assert endpoint["current_state"] == "active"
    assert endpoint["started_at"] == "2026-11-20T14:40:05Z"


def test_a_root_can_be_taken_to_a_point_of_another_root(world: World) -> None:
    """A backup has the history that the branch had, and can be the source of a point."""
    world.rewound("before")
    backup = world.named("before")["id"]
    restored = world.restored(
        PRODUCTION,
        source_branch_id=backup,
        source_timestamp="2026-11-20T14:32:00Z",
        preserve_under_name="second",
    )
    assert restored["parent_timestamp"] == "2026-11-20T14:31:07Z"
    assert world.last_sql(PRODUCTION) == "DELETE FROM orders"


def test_own_history_after_a_restore_is_the_restored_one(world: World) -> None:
    """A moment between the point and the restore shows the restored state, not the undone one."""
    world.rewound("before")
    world.rest(minutes=5)
    restored = world.restored(
        PRODUCTION,
        source_branch_id=PRODUCTION,
        source_timestamp="2026-11-20T14:35:00Z",
        preserve_under_name="second",
    )
    assert restored["parent_timestamp"] == "2026-11-20T14:30:00Z"


def test_own_history_reaches_back_behind_a_restore(world: World) -> None:
    """What lay before the first point can be restored after it."""
    world.rewound("first")
    restored = world.restored(
        PRODUCTION,
        source_branch_id=PRODUCTION,
        source_timestamp="2026-11-20T12:20:00Z",
        preserve_under_name="second",
    )
    assert restored["parent_timestamp"] == "2026-11-20T12:15:00Z"


def test_a_root_without_children_can_drop_its_state(world: World) -> None:
    """From another branch's head, a backup is left only where one is asked for."""
    world.rewound("before")
    backup = world.named("before")["id"]
    world.restored(PRODUCTION, source_branch_id=backup)
    assert world.names() == {"production", "development", "before"}
    assert world.last_sql(PRODUCTION) == world.last_sql(backup)


def test_a_root_can_take_the_head_of_its_own_child(world: World) -> None:
    """A child's head is a source like any other; the child itself moves to the backup."""
    world.restored(PRODUCTION, source_branch_id=DEVELOPMENT, preserve_under_name="before")
    assert world.storage.commits(PRODUCTION) == world.storage.commits(DEVELOPMENT)
    assert world.branch(DEVELOPMENT)["parent_id"] == world.named("before")["id"]
    assert "parent_id" not in world.branch(PRODUCTION)


def test_a_child_is_reset_to_the_head_of_its_parent(world: World) -> None:
    """Without a backup name it stays a child of its parent, and its old state is gone."""
    world.sandbox.commit("development", "shop", "INSERT INTO customers VALUES (41, 'x')")
    reset = world.restored(DEVELOPMENT, source_branch_id=PRODUCTION)
    assert reset["parent_id"] == PRODUCTION
    assert reset["parent_timestamp"] == "2026-11-20T14:33:00Z"
    assert world.storage.commits(DEVELOPMENT) == world.storage.commits(PRODUCTION)
    assert world.names() == {"production", "development"}


def test_the_backup_of_a_child_becomes_its_parent(world: World) -> None:
    """The backup takes the child's place under the old parent, and the child goes under it."""
    reset = world.restored(
        DEVELOPMENT, source_branch_id=PRODUCTION, preserve_under_name="development-old"
    )
    backup = world.named("development-old")
    assert reset["parent_id"] == backup["id"]
    assert backup["parent_id"] == PRODUCTION


def test_a_database_made_after_the_point_is_not_on_the_restored_branch(world: World) -> None:
    """Databases are part of what is overwritten; the backup still has it."""
    body = {"database": {"name": "reports", "owner_name": "shop_owner"}}
    world.do("POST", f"/branches/{PRODUCTION}/databases", body)
    world.rewound("before")
    names = {
        branch: [d["name"] for d in world.get(f"/branches/{branch}/databases")["databases"]]
        for branch in (PRODUCTION, world.named("before")["id"])
    }
    assert names == {
        PRODUCTION: ["shop", "analytics"],
        "br-shop-sandbox-00000003": ["shop", "analytics", "reports"],
    }


def test_a_role_made_after_the_point_stays(world: World) -> None:
    """Roles and passwords are not rewound."""
    made = world.do("POST", f"/branches/{PRODUCTION}/roles", {"role": {"name": "reader"}})
    world.rewound()
    path = f"/branches/{PRODUCTION}/roles/reader/reveal_password"
    assert world.get(path)["password"] == made["role"]["password"]


def test_a_role_keeps_its_password_whatever_the_source(world: World) -> None:
    """A role that the source has with another password keeps the destination's."""
    made = [
        world.do("POST", f"/branches/{branch}/roles", {"role": {"name": "reader"}})["role"]
        for branch in (PRODUCTION, DEVELOPMENT)
    ]
    assert made[0]["password"] != made[1]["password"]
    world.restored(PRODUCTION, source_branch_id=DEVELOPMENT, preserve_under_name="before")
    path = f"/branches/{PRODUCTION}/roles/reader/reveal_password"
    assert world.get(path)["password"] == made[0]["password"]


def test_a_role_that_only_the_source_has_comes_along(world: World) -> None:
    """Its objects may belong to it."""
    world.do("POST", f"/branches/{DEVELOPMENT}/roles", {"role": {"name": "reader"}})
    world.restored(PRODUCTION, source_branch_id=DEVELOPMENT, preserve_under_name="before")
    names = [role["name"] for role in world.get(f"/branches/{PRODUCTION}/roles")["roles"]]
    assert sorted(names) == ["reader", "shop_owner"]


def test_a_backup_can_be_restored_itself(world: World) -> None:
    """A backup is a root branch, and restoring it leaves a backup of its own."""
    world.rewound("before")
    backup = world.named("before")["id"]
    restored = world.restored(
        backup, source_branch_id=backup, source_timestamp=GOOD, preserve_under_name="deeper"
    )
    assert restored["parent_timestamp"] == "2026-11-20T14:30:00Z"
    assert world.branch(DEVELOPMENT)["parent_id"] == world.named("deeper")["id"]
