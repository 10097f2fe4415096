"""Tests of branches: creation, rename, protection, deletion."""

from typing import Any
from unittest.mock import Mock

import pytest

from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION, Harness


def test_a_new_branch_takes_the_head_of_the_default_branch(harness: Harness) -> None:
    """Without a body, the branch gets a generated name and no compute."""
    made = harness.do("POST", "/branches")
    assert made["branch"]["parent_id"] == PRODUCTION
    assert made["branch"]["name"] == "shop-sandbox-00000003"
    assert made["endpoints"] == []
    assert harness.storage.commits(made["branch"]["id"]) == harness.storage.commits(PRODUCTION)


def test_a_new_branch_takes_a_point_of_its_parent(harness: Harness) -> None:
    """The branch data end at the last commit at or before the timestamp, or at the LSN."""
    commit = harness.storage.commits(PRODUCTION)[-3]
    by_time = harness.created("by time", parent_timestamp=BEFORE_DELETE)
    by_lsn = harness.created("by LSN", parent_id=PRODUCTION, parent_lsn=str(commit.lsn))
    for made in (by_time, by_lsn):
        assert made["parent_timestamp"] == "2026-11-20T14:30:00Z"
        assert made["parent_lsn"] == str(commit.lsn)
        assert harness.storage.commits(made["id"])[-1] == commit


def test_a_new_branch_is_on_its_way_until_its_operations_have_finished(harness: Harness) -> None:
    """The list has the branch at once, in the state init."""
    answer = harness.ask("POST", "/branches", {"endpoints": [{"type": "read_write"}]}).json()
    assert answer["branch"]["current_state"] == "init"
    assert answer["branch"]["pending_state"] == "ready"
    actions = [operation["action"] for operation in answer["operations"]]
    assert actions == ["create_branch", "timeline_update_protected_config", "start_compute"]
    harness.run_until_idle()
    assert harness.branch(answer["branch"]["id"])["current_state"] == "ready"


def test_a_new_compute_gets_an_address_of_its_own(harness: Harness) -> None:
    """A branch has at most one read-write compute."""
    made = harness.created("one", endpoints=[{"type": "read_write"}, {"type": "read_only"}])
    endpoints = harness.get(f"/branches/{made['id']}/endpoints")["endpoints"]
    assert [(e["id"], e["host"], e["type"]) for e in endpoints] == [
        ("ep-shop-sandbox-00000003", "224.0.0.0:3", "read_write"),
        ("ep-shop-sandbox-00000004", "224.0.0.0:4", "read_only"),
    ]
    body = {"endpoints": [{"type": "read_write"}] * 2}
    refusal = harness.refused("POST", "/branches", body)
    assert refusal == (409, "read_write endpoint already exists")


def test_a_connection_string_comes_with_a_compute_where_there_is_no_choice(
    harness: Harness,
) -> None:
    """The response has a connection string with one role and one database, but not with two."""
    body = {"endpoints": [{"type": "read_write"}]}
    assert "connection_uris" not in harness.do("POST", "/branches", body)
    del harness.sandbox.model.branches[PRODUCTION].databases["analytics"]
    made = harness.do("POST", "/branches", body)
    assert made["connection_uris"][0]["connection_uri"] == (
        "postgresql://shop_owner:sandbox-password@224.0.0.0:4/shop"
        "?sslmode=require&channel_binding=require"
    )


def test_a_schema_only_branch_is_a_root_without_rows(harness: Harness) -> None:
    """It has the definitions of its source up to the point in time, and can be deleted."""
    options = {"init_source": "schema-only", "parent_timestamp": "2026-11-20T10:30:00Z"}
    made = harness.created("empty", **options)
    assert "parent_id" not in made
    assert made["init_source"] == "schema-only"
    commits = harness.storage.commits(made["id"])
    assert [commit.defines for commit in commits] == [True] * 3
    harness.do("DELETE", f"/branches/{made['id']}")
    assert harness.names() == {"production", "development"}


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"name": "production"}, 409),
        ({"name": "x", "parent_id": "br-nowhere-00000009"}, 404),
        ({"name": "x", "parent_timestamp": "2026-11-20T14:41:00Z"}, 400),
        ({"name": "x", "parent_timestamp": "2026-11-20T07:00:00Z"}, 400),
        ({"name": "x", "parent_timestamp": ""}, 400),
        ({"name": "x", "parent_timestamp": BEFORE_DELETE, "parent_lsn": "0/1"}, 400),
        ({"name": ""}, 400),
        ({"name": "x" * 257}, 400),
        ({"name": "x", "expires_at": "2026-11-21T00:00:00Z"}, 501),
    ],
)
def test_a_branch_that_cannot_be_made(
    harness: Harness, options: dict[str, Any], status: int
) -> None:
    assert harness.refused("POST", "/branches", {"branch": options})[0] == status
    assert harness.names() == {"production", "development"}


def test_a_childs_own_history_starts_at_its_creation(harness: Harness) -> None:
    """A point in time before that is rejected, although the parent has data from then."""
    options = {"parent_id": DEVELOPMENT, "parent_timestamp": "2026-11-20T09:50:00Z"}
    status, message = harness.refused("POST", "/branches", {"branch": {"name": "x"} | options})
    assert status == 400
    assert "2026-11-20T10:00:00Z" in message
    made = harness.created("y", **options | {"parent_timestamp": "2026-11-20T10:00:01Z"})
    assert made["parent_timestamp"] == "2026-11-20T09:45:00Z"


def test_an_annotation_comes_back_with_the_branch_and_with_the_list(harness: Harness) -> None:
    made = harness.do("POST", "/branches", {"annotation_value": {"ref": "main"}})["branch"]["id"]
    assert harness.get(f"/branches/{made}")["annotation"]["value"] == {"ref": "main"}
    annotations = harness.get("/branches")["annotations"]
    assert {key: one["value"] for key, one in annotations.items()} == {made: {"ref": "main"}}


@pytest.mark.parametrize("name", ["staging", "development"], ids=["new name", "current name"])
def test_a_branch_is_renamed(harness: Harness, name: str) -> None:
    """A rename to the current name is not a conflict."""
    harness.do("PATCH", f"/branches/{DEVELOPMENT}", {"branch": {"name": name}})
    assert harness.branch(DEVELOPMENT)["name"] == name


@pytest.mark.parametrize(("name", "status"), [("production", 409), ("", 400), ("x" * 257, 400)])
def test_a_name_that_cannot_be_given(harness: Harness, name: str, status: int) -> None:
    body = {"branch": {"name": name}}
    assert harness.refused("PATCH", f"/branches/{DEVELOPMENT}", body)[0] == status
    assert harness.branch(DEVELOPMENT)["name"] == "development"


def test_the_default_moves(harness: Harness) -> None:
    """A project always has exactly one default branch."""
    harness.do("POST", f"/branches/{DEVELOPMENT}/set_as_default")
    defaults = {branch["name"]: branch["default"] for branch in harness.branches()}
    assert defaults == {"production": False, "development": True}


def test_a_branch_is_deleted_with_its_computes(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second request gets 204."""
    close_endpoint = Mock()
    monkeypatch.setattr(harness.storage, "close_endpoint", close_endpoint)
    path = f"/branches/{DEVELOPMENT}"
    actions = [operation["action"] for operation in harness.do("DELETE", path)["operations"]]
    assert actions == ["delete_timeline"]
    assert harness.names() == {"production"}
    endpoints = harness.get("/endpoints")["endpoints"]
    assert [endpoint["id"] for endpoint in endpoints] == ["ep-shop-production-00000001"]
    assert harness.refused("GET", path)[0] == 404
    close_endpoint.assert_called_once_with("ep-shop-development-00000002")
    again = harness.ask("DELETE", path)
    assert (again.status_code, again.content) == (204, b"")


def test_a_protected_branch_is_not_deleted_until_it_is_unprotected(harness: Harness) -> None:
    path = f"/branches/{DEVELOPMENT}"
    harness.do("PATCH", path, {"branch": {"protected": True}})
    assert harness.refused("DELETE", path) == (422, "cannot delete protected branch")
    harness.do("PATCH", path, {"branch": {"protected": False}})
    harness.do("DELETE", path)
    assert harness.names() == {"production"}


OLD = "br-shop-sandbox-00000003"
UNARCHIVING: dict[str, tuple[str, str, Any]] = {
    "a child": ("POST", "/branches", {"branch": {"parent_id": OLD}}),
    "a compute": ("POST", "/endpoints", {"endpoint": {"branch_id": OLD, "type": "read_only"}}),
    "a role": ("POST", f"/branches/{OLD}/roles", {"role": {"name": "reader"}}),
    "a restore": ("POST", f"/branches/{OLD}/restore", {"source_branch_id": PRODUCTION}),
    "its head": ("POST", f"/branches/{DEVELOPMENT}/restore", {"source_branch_id": OLD}),
    "protection": ("PATCH", f"/branches/{OLD}", {"branch": {"protected": True}}),
}


@pytest.mark.parametrize("work", UNARCHIVING)
def test_work_on_an_archived_branch_unarchives_it(harness: Harness, work: str) -> None:
    assert harness.created("old", archived=True)["current_state"] == "archived"
    assert harness.operations(1) == [("timeline_archive", "finished")]
    harness.do(*UNARCHIVING[work])
    assert harness.branch(OLD)["current_state"] == "ready"
    operations = harness.get("/operations")["operations"]
    on = [one["branch_id"] for one in operations if one["action"] == "timeline_unarchive"]
    assert on == [OLD]


def test_time_travel_unarchives_a_branch(harness: Harness) -> None:
    harness.created("old", archived=True)
    harness.advance(minutes=1)
    harness.sandbox.model.time_travel(OLD, "neon_timestamp:2026-11-20T14:41:00Z")
    assert harness.branch(OLD)["current_state"] == "ready"


def test_an_archived_branch_is_deleted_as_it_is(harness: Harness) -> None:
    """A new branch with a compute is not archived: a compute needs it at once."""
    harness.created("old", archived=True)
    made = harness.do("DELETE", f"/branches/{OLD}")
    assert [one["action"] for one in made["operations"]] == ["delete_timeline"]
    made = harness.created("new", [{"type": "read_write"}], archived=True)
    assert made["current_state"] == "ready"


def undeletable(harness: Harness, branch: str) -> str:
    """Return why the deletion of a branch is rejected with 422."""
    status, message = harness.refused("DELETE", f"/branches/{branch}")
    assert status == 422
    return message.removeprefix("cannot delete ")


def test_a_branch_with_children_is_not_deleted(harness: Harness) -> None:
    """A restore from own history moves children to the backup branch, deletable without them."""
    backup = harness.backup()
    assert undeletable(harness, backup) == f"branch that has children: {DEVELOPMENT}"
    harness.do("DELETE", f"/branches/{DEVELOPMENT}")
    harness.do("DELETE", f"/branches/{backup}")
    assert harness.names() == {"production"}


def test_the_default_and_the_root_branch_are_not_deleted(harness: Harness) -> None:
    """Not even the default branch without children, nor the root when another is the default."""
    other = harness.created("other", init_source="schema-only")
    harness.do("DELETE", f"/branches/{DEVELOPMENT}")
    assert undeletable(harness, PRODUCTION) == "the default branch"
    harness.do("POST", f"/branches/{other['id']}/set_as_default")
    assert undeletable(harness, PRODUCTION) == "the root branch"


def test_the_backup_of_a_rollback_is_not_deleted(harness: Harness) -> None:
    """A restore of the root branch from another branch makes the original root a backup branch."""
    harness.do("DELETE", f"/branches/{DEVELOPMENT}")
    backup = harness.backup()
    harness.restored(PRODUCTION, source_branch_id=backup, preserve_under_name="rewound")
    assert undeletable(harness, harness.named("rewound")["id"]) == "the root branch"
    harness.do("DELETE", f"/branches/{backup}")
    assert harness.names() == {"production", "rewound"}
