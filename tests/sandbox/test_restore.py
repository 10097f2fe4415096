"""Tests of a restore."""

import pytest

from neon_sandbox.scenario import instant
from tests.sandbox.harness import DEVELOPMENT, PRODUCTION, REWIND, Harness

ENDPOINT = "/endpoints/ep-shop-production-00000001"


def test_it_takes_the_last_commit_at_or_before_a_timestamp(harness: Harness) -> None:
    """All databases go back: analytics loses the rows that it got after the point in time."""
    restored = harness.rewound()
    commits = harness.storage.commits(PRODUCTION)
    assert restored["parent_timestamp"] == "2026-11-20T14:30:00Z"
    assert restored["parent_lsn"] == str(commits[-1].lsn)
    assert "generate_series(701, 750)" in commits[-1].sql
    assert all(commit.time <= instant("14:31:00") for commit in commits)


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
    assert harness.rewound(to=point)["parent_timestamp"] == resolved


def test_it_takes_an_lsn(harness: Harness) -> None:
    """An LSN resolves to the commit that ended there."""
    commit = harness.storage.commits(PRODUCTION)[-3]
    body = {"source_lsn": str(commit.lsn).lower(), "preserve_under_name": "before"}
    restored = harness.restored(PRODUCTION, source_branch_id=PRODUCTION, **body)
    assert restored["parent_lsn"] == str(commit.lsn)
    assert harness.last_sql(PRODUCTION) == commit.sql


def test_the_branch_keeps_its_id_name_computes_and_roles(harness: Harness) -> None:
    """Clients connect with the same connection string as before."""

    def kept() -> object:
        branch = harness.branch(PRODUCTION)
        endpoints = harness.get(f"/branches/{PRODUCTION}/endpoints")["endpoints"]
        return (
            [branch[key] for key in ("id", "name", "default", "protected", "created_at")],
            [(endpoint["id"], endpoint["host"]) for endpoint in endpoints],
            harness.get(f"/branches/{PRODUCTION}/roles"),
        )

    before = kept()
    harness.rewound()
    assert kept() == before


def test_the_previous_state_is_kept_under_the_name(harness: Harness) -> None:
    """The backup branch has all data of the branch and no compute; both are root branches."""
    before = harness.storage.commits(PRODUCTION)
    assert "parent_id" not in harness.rewound("before")
    backup = harness.named("before")
    assert backup["id"] == "br-shop-sandbox-00000003"
    assert "parent_id" not in backup
    assert backup["default"] is False
    assert harness.storage.commits(backup["id"]) == before
    assert harness.get(f"/branches/{backup['id']}/endpoints") == {"endpoints": []}
    assert harness.names_in(backup["id"], "databases") == ["shop", "analytics"]


def test_a_rollback_restores_from_the_backup_at_its_head(harness: Harness) -> None:
    """The branch has its data again; its children stay with the first backup branch."""
    before = harness.storage.commits(PRODUCTION)
    backup = harness.backup()
    assert harness.branch(DEVELOPMENT)["parent_id"] == backup
    harness.restored(PRODUCTION, source_branch_id=backup, preserve_under_name="rewound")
    assert harness.branch(DEVELOPMENT)["parent_id"] == backup
    assert harness.storage.commits(PRODUCTION) == before
    assert harness.names() == {"production", "development", "before", "rewound"}


def test_it_is_resetting_until_its_operations_have_finished(harness: Harness) -> None:
    """Until then, requests that change nothing show the backup branch, and no point is set."""
    answer = harness.restore(PRODUCTION, **REWIND).json()
    assert harness.names() == {"production", "development", "before"}
    for branch in (answer["branch"], harness.branch(PRODUCTION)):
        assert (branch["current_state"], branch["pending_state"]) == ("resetting", "ready")
        assert branch["last_reset_at"] == "2026-11-20T14:40:00Z"
        assert branch.keys().isdisjoint({"parent_lsn", "parent_timestamp"})
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
    assert reset.keys().isdisjoint({"parent_lsn", "parent_timestamp"})


def test_its_compute_starts_anew(harness: Harness) -> None:
    harness.restore(PRODUCTION, **REWIND)
    endpoint = harness.get(ENDPOINT)["endpoint"]
    assert (endpoint["current_state"], endpoint["pending_state"]) == ("init", "active")
    harness.run_until_idle()
    endpoint = harness.get(ENDPOINT)["endpoint"]
    assert endpoint["current_state"] == "active"
    assert endpoint["started_at"] == "2026-11-20T14:40:05Z"


def test_a_root_can_be_taken_to_a_point_of_another_root(harness: Harness) -> None:
    """A backup branch has the history of the branch, and can be the source of a point in time."""
    body = {"source_timestamp": "2026-11-20T14:32:00Z", "preserve_under_name": "second"}
    restored = harness.restored(PRODUCTION, source_branch_id=harness.backup(), **body)
    assert restored["parent_timestamp"] == "2026-11-20T14:31:07Z"
    assert harness.last_sql(PRODUCTION) == "DELETE FROM orders"


@pytest.mark.parametrize(
    ("point", "resolved"),
    [
        ("2026-11-20T14:35:00Z", "2026-11-20T14:30:00Z"),
        ("2026-11-20T12:20:00Z", "2026-11-20T12:15:00Z"),
    ],
    ids=["between the point and the restore", "before the point"],
)
def test_own_history_after_a_restore_is_the_restored_one(
    harness: Harness, point: str, resolved: str
) -> None:
    """After the point it is the restored state; before the point it is as it was."""
    harness.rewound("first")
    harness.advance(minutes=5)
    assert harness.rewound("second", to=point)["parent_timestamp"] == resolved


def test_a_root_without_children_can_drop_its_state(harness: Harness) -> None:
    """A restore from another branch's head makes a backup branch only if the request names one."""
    backup = harness.backup()
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


@pytest.mark.parametrize("kept", [{}, {"preserve_under_name": "old"}])
def test_the_source_of_a_child_becomes_its_parent(harness: Harness, kept: dict[str, str]) -> None:
    """The backup branch becomes a child of the previous parent, and can be deleted."""
    other = harness.created("other", init_source="schema-only")["id"]
    reset = harness.restored(DEVELOPMENT, source_branch_id=other, **kept)
    assert reset["parent_id"] == other
    if kept:
        backup = harness.named("old")
        assert backup["parent_id"] == PRODUCTION
        harness.do("DELETE", f"/branches/{backup['id']}")
    assert harness.refused("DELETE", f"/branches/{other}")[0] == 422


def test_the_backup_of_a_child_from_own_history_becomes_its_parent(harness: Harness) -> None:
    """Only with `child_restores`; the documentation of Neon rules these restores out."""
    harness.sandbox.model.child_restores = True
    body = {"source_branch_id": DEVELOPMENT, "source_timestamp": "2026-11-20T14:39:00Z"}
    reset = harness.restored(DEVELOPMENT, **body, preserve_under_name="old")
    assert reset["parent_id"] == harness.named("old")["id"]


def test_a_database_made_after_the_point_is_not_on_the_restored_branch(harness: Harness) -> None:
    """A restore overwrites the list of databases too; the backup branch still has the new one."""
    body = {"database": {"name": "reports", "owner_name": "shop_owner"}}
    harness.do("POST", f"/branches/{PRODUCTION}/databases", body)
    backup = harness.backup()
    assert harness.names_in(PRODUCTION, "databases") == ["shop", "analytics"]
    assert harness.names_in(backup, "databases") == ["shop", "analytics", "reports"]


def test_a_role_keeps_its_password_whatever_the_source(harness: Harness) -> None:
    """A role made after the point in time stays, even if the source has one of the same name."""
    kept, other = (
        harness.do("POST", f"/branches/{branch}/roles", {"role": {"name": "reader"}})["role"]
        for branch in (PRODUCTION, DEVELOPMENT)
    )
    assert kept["password"] != other["password"]
    path = f"/branches/{PRODUCTION}/roles/reader/reveal_password"
    harness.rewound()
    assert harness.get(path)["password"] == kept["password"]
    harness.restored(PRODUCTION, source_branch_id=DEVELOPMENT, preserve_under_name="second")
    assert harness.get(path)["password"] == kept["password"]


def test_a_role_that_only_the_source_has_comes_along(harness: Harness) -> None:
    """The role may own objects in the restored data."""
    harness.do("POST", f"/branches/{DEVELOPMENT}/roles", {"role": {"name": "reader"}})
    harness.restored(PRODUCTION, source_branch_id=DEVELOPMENT, preserve_under_name="before")
    assert sorted(harness.names_in(PRODUCTION, "roles")) == ["reader", "shop_owner"]


def test_a_backup_can_be_restored_itself(harness: Harness) -> None:
    """A backup branch is a root branch, and its restore creates another backup branch."""
    restored = harness.rewound("deeper", branch=harness.backup())
    assert restored["parent_timestamp"] == "2026-11-20T14:30:00Z"
    assert harness.branch(DEVELOPMENT)["parent_id"] == harness.named("deeper")["id"]
