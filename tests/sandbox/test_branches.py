"""Branches: made, found, renamed, protected, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.world import DEVELOPMENT, GOOD, PRODUCTION, World


def test_a_new_branch_takes_the_head_of_the_default_branch(world: World) -> None:
    """Without a body, it gets a name of its own and no compute."""
    made = world.do("POST", "/branches")
    assert made["branch"]["parent_id"] == PRODUCTION
    assert made["branch"]["name"] == "shop-sandbox-00000003"
    assert made["endpoints"] == []
    assert world.storage.commits(made["branch"]["id"]) == world.storage.commits(PRODUCTION)


def test_a_new_branch_takes_a_point_of_its_parent(world: World) -> None:
    """Its data are those of the last commit at or before the timestamp."""
    made = world.created("past", parent_timestamp=GOOD)
    assert made["parent_timestamp"] == "2026-11-20T14:30:00Z"
    assert made["parent_lsn"] == str(world.storage.commits(made["id"])[-1].lsn)


def test_a_new_branch_takes_an_lsn_of_its_parent(world: World) -> None:
    """An LSN says the same as the time of its commit."""
    commit = world.storage.commits(PRODUCTION)[-3]
    made = world.created("past", parent_id=PRODUCTION, parent_lsn=str(commit.lsn))
    assert world.storage.commits(made["id"])[-1] == commit


def test_a_new_branch_is_on_its_way_until_its_operations_have_finished(world: World) -> None:
    """It is listed at once, in the state init."""
    answer = world.ask("POST", "/branches", {"endpoints": [{"type": "read_write"}]}).json()
    assert answer["branch"]["current_state"] == "init"
    assert answer["branch"]["pending_state"] == "ready"
    assert [operation["action"] for operation in answer["operations"]] == [
        "create_branch",
        "start_compute",
    ]
    world.run_until_idle()
    assert world.branch(answer["branch"]["id"])["current_state"] == "ready"


def test_a_new_compute_gets_an_address_of_its_own(world: World) -> None:
    """No two endpoints share one."""
    made = world.created("one", endpoints=[{"type": "read_write"}, {"type": "read_only"}])
    endpoints = world.get(f"/branches/{made['id']}/endpoints")["endpoints"]
    assert [(e["id"], e["host"], e["type"]) for e in endpoints] == [
        ("ep-shop-sandbox-00000003", "224.0.0.0:3", "read_write"),
        ("ep-shop-sandbox-00000004", "224.0.0.0:4", "read_only"),
    ]


def test_a_branch_has_one_read_write_compute(world: World) -> None:
    """A second one is refused."""
    body = {"endpoints": [{"type": "read_write"}] * 2}
    assert world.refused("POST", "/branches", body)[0] == 400


def test_a_connection_string_comes_with_a_compute_where_there_is_no_choice(world: World) -> None:
    """With one role and one database there is; with two databases there is not."""
    body = {"endpoints": [{"type": "read_write"}]}
    assert "connection_uris" not in world.do("POST", "/branches", body)
    databases = world.sandbox.model.branches[PRODUCTION].databases
    del databases["analytics"]
    made = world.do("POST", "/branches", body)
    assert made["connection_uris"][0]["connection_uri"] == (
        "postgresql://shop_owner:sandbox-password@224.0.0.0:4/shop"
        "?sslmode=require&channel_binding=require"
    )


def test_a_schema_only_branch_is_a_root_without_rows(world: World) -> None:
    """It has the definitions of its source up to the point, and no parent."""
    made = world.created(
        "empty", init_source="schema-only", parent_timestamp="2026-11-20T10:30:00Z"
    )
    assert "parent_id" not in made
    assert made["init_source"] == "schema-only"
    assert all(commit.defines for commit in world.storage.commits(made["id"]))
    assert len(world.storage.commits(made["id"])) == 3


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"name": "production"}, 409),
        ({"name": "x", "parent_id": "br-nowhere-00000009"}, 404),
        ({"name": "x", "parent_timestamp": "2026-11-20T14:41:00Z"}, 400),
        ({"name": "x", "parent_timestamp": "2026-11-20T07:00:00Z"}, 400),
        ({"name": "x", "parent_timestamp": ""}, 400),
        ({"name": "x", "parent_timestamp": GOOD, "parent_lsn": "0/1"}, 400),
        ({"name": ""}, 400),
        ({"name": "x" * 257}, 400),
        ({"name": "x", "archived": True}, 501),
        ({"name": "x", "expires_at": "2026-11-21T00:00:00Z"}, 501),
    ],
)
def test_a_branch_that_cannot_be_made(world: World, options: dict[str, Any], status: int) -> None:
    """A refusal leaves no branch behind."""
    assert world.refused("POST", "/branches", {"branch": options})[0] == status
    assert world.names() == {"production", "development"}


def test_a_childs_own_history_starts_at_its_creation(world: World) -> None:
    """What its parent held before is not the child's to branch off from."""
    options = {"parent_id": DEVELOPMENT, "parent_timestamp": "2026-11-20T09:50:00Z"}
    status, message = world.refused("POST", "/branches", {"branch": {"name": "x"} | options})
    assert status == 400
    assert "2026-11-20T10:00:00Z" in message
    made = world.created("y", **options | {"parent_timestamp": "2026-11-20T10:00:01Z"})
    assert made["parent_timestamp"] == "2026-11-20T09:45:00Z"


def test_an_annotation_comes_back(world: World) -> None:
    """What a branch was annotated with stands beside it, alone and in the list."""
    made = world.do("POST", "/branches", {"annotation_value": {"ref": "main"}})["branch"]["id"]
    assert world.get(f"/branches/{made}")["annotation"]["value"] == {"ref": "main"}
    annotations = world.get("/branches")["annotations"]
    assert {key: one["value"] for key, one in annotations.items()} == {made: {"ref": "main"}}


def test_a_branch_is_renamed(world: World) -> None:
    """Its id stays."""
    world.do("PATCH", f"/branches/{DEVELOPMENT}", {"branch": {"name": "staging"}})
    assert world.branch(DEVELOPMENT)["name"] == "staging"


@pytest.mark.parametrize(("name", "status"), [("production", 409), ("", 400), ("x" * 257, 400)])
def test_a_name_that_cannot_be_given(world: World, name: str, status: int) -> None:
    """A branch keeps its name when another one is refused."""
    body = {"branch": {"name": name}}
    assert world.refused("PATCH", f"/branches/{DEVELOPMENT}", body)[0] == status
    assert world.branch(DEVELOPMENT)["name"] == "development"


def test_a_branch_can_be_given_the_name_that_it_has(world: World) -> None:
    """A name is not taken by its own branch."""
    world.do("PATCH", f"/branches/{DEVELOPMENT}", {"branch": {"name": "development"}})
    assert world.branch(DEVELOPMENT)["name"] == "development"


def test_the_default_moves(world: World) -> None:
    """There is one default branch at any time."""
    world.do("POST", f"/branches/{DEVELOPMENT}/set_as_default")
    assert {b["name"]: b["default"] for b in world.branches()} == {
        "production": False,
        "development": True,
    }


def test_a_branch_is_deleted_with_its_computes(world: World) -> None:
    """The computes are suspended before the timeline goes."""
    deleted = world.do("DELETE", f"/branches/{DEVELOPMENT}")
    assert [operation["action"] for operation in deleted["operations"]] == [
        "suspend_compute",
        "delete_timeline",
    ]
    assert world.names() == {"production"}
    assert [e["id"] for e in world.get("/endpoints")["endpoints"]] == [
        "ep-shop-production-00000001"
    ]
    assert world.refused("GET", f"/branches/{DEVELOPMENT}")[0] == 404
    with pytest.raises(KeyError):
        world.storage.close_endpoint("ep-shop-development-00000002")


def test_deleting_a_branch_that_is_gone_is_no_error(world: World) -> None:
    """The answer is 204, without a body."""
    world.do("DELETE", f"/branches/{DEVELOPMENT}")
    response = world.ask("DELETE", f"/branches/{DEVELOPMENT}")
    assert (response.status_code, response.content) == (204, b"")


def test_a_protected_branch_is_not_deleted(world: World) -> None:
    """Protection holds until it is taken away."""
    path = f"/branches/{DEVELOPMENT}"
    world.do("PATCH", path, {"branch": {"protected": True}})
    assert world.refused("DELETE", path) == (422, "cannot delete protected branch")
    world.do("PATCH", path, {"branch": {"protected": False}})
    world.do("DELETE", path)
    assert world.names() == {"production"}


def test_the_default_branch_is_not_deleted(world: World) -> None:
    """Not even one without children."""
    world.do("DELETE", f"/branches/{DEVELOPMENT}")
    status, message = world.refused("DELETE", f"/branches/{PRODUCTION}")
    assert status == 422
    assert "default" in message


def test_a_branch_with_children_is_not_deleted(world: World) -> None:
    """Here a backup, because children move to it."""
    world.rewound("before")
    status, message = world.refused("DELETE", f"/branches/{world.named('before')['id']}")
    assert status == 422
    assert "children" in message


def test_the_root_branch_is_not_deleted(world: World) -> None:
    """Another branch being the default makes no difference."""
    other = world.created("other", init_source="schema-only")
    world.do("DELETE", f"/branches/{DEVELOPMENT}")
    world.do("POST", f"/branches/{other['id']}/set_as_default")
    status, message = world.refused("DELETE", f"/branches/{PRODUCTION}")
    assert status == 422
    assert "root" in message


def test_a_schema_only_branch_is_deleted(world: World) -> None:
    """It is a root, but not the project's."""
    made = world.created("empty", init_source="schema-only")
    world.do("DELETE", f"/branches/{made['id']}")
    assert world.names() == {"production", "development"}


def test_the_backup_of_a_restore_from_own_history_is_deleted(world: World) -> None:
    """Once no child is left on it."""
    world.do("DELETE", f"/branches/{DEVELOPMENT}")
    world.rewound("before")
    world.do("DELETE", f"/branches/{world.named('before')['id']}")
    assert world.names() == {"production"}


def test_the_backup_of_a_rollback_is_not_deleted(world: World) -> None:
    """A root that was restored from another branch leaves the original root as its backup."""
    world.do("DELETE", f"/branches/{DEVELOPMENT}")
    world.rewound("before")
    backup = world.named("before")["id"]
    world.restored(PRODUCTION, source_branch_id=backup, preserve_under_name="rewound")
    status, message = world.refused("DELETE", f"/branches/{world.named('rewound')['id']}")
    assert status == 422
    assert "root" in message
    world.do("DELETE", f"/branches/{backup}")
    assert world.names() == {"production", "rewound"}
