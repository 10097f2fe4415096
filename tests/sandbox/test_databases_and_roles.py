"""Tests of databases, roles, computes, connection strings and schemas."""

from __future__ import annotations

import pytest

from tests.sandbox.harness import DEVELOPMENT, PRODUCTION, Harness

SHOP = {"database_name": "shop", "role_name": "shop_owner"}


def test_a_branch_has_its_databases(harness: Harness) -> None:
    """Each database names its owner."""
    databases = harness.get(f"/branches/{PRODUCTION}/databases")["databases"]
    assert [(d["name"], d["owner_name"]) for d in databases] == [
        ("shop", "shop_owner"),
        ("analytics", "shop_owner"),
    ]
    one = harness.get(f"/branches/{PRODUCTION}/databases/analytics")["database"]
    assert one == databases[1]


def test_a_new_database_is_on_its_branch_alone(harness: Harness) -> None:
    """An existing child does not get the database; a later child does."""
    body = {"database": {"name": "a/b c", "owner_name": "shop_owner"}}
    made = harness.do("POST", f"/branches/{PRODUCTION}/databases", body)
    assert [operation["action"] for operation in made["operations"]] == ["apply_config"]
    path = "databases/a%2Fb%20c"
    assert harness.get(f"/branches/{PRODUCTION}/{path}")["database"] == made["database"]
    assert harness.refused("GET", f"/branches/{DEVELOPMENT}/{path}")[0] == 404
    later = harness.created("later")["id"]
    assert harness.get(f"/branches/{later}/{path}")["database"]["branch_id"] == later


@pytest.mark.parametrize(
    ("name", "owner", "status"),
    [("shop", "shop_owner", 409), ("x", "nobody", 404), ("", "shop_owner", 400)],
)
def test_a_database_that_cannot_be_made(
    harness: Harness, name: str, owner: str, status: int
) -> None:
    """A name must be unused and not empty, and the owner must exist."""
    body = {"database": {"name": name, "owner_name": owner}}
    assert harness.refused("POST", f"/branches/{PRODUCTION}/databases", body)[0] == status


def test_a_branch_has_its_role(harness: Harness) -> None:
    """Only reveal_password returns the role's password."""
    (role,) = harness.get(f"/branches/{PRODUCTION}/roles")["roles"]
    assert role["name"] == "shop_owner"
    assert "password" not in role
    assert harness.get(f"/branches/{PRODUCTION}/roles/shop_owner")["role"] == role
    path = f"/branches/{PRODUCTION}/roles/shop_owner/reveal_password"
    assert harness.get(path) == {"password": "sandbox-password"}


def test_a_new_role_gets_a_password_of_its_own(harness: Harness) -> None:
    """The response has the password, and reveal_password returns the same one."""
    path = f"/branches/{PRODUCTION}/roles"
    first = harness.do("POST", path, {"role": {"name": "one"}})["role"]
    second = harness.do("POST", path, {"role": {"name": "two"}})["role"]
    assert first["password"] != second["password"]
    assert harness.get(f"{path}/two/reveal_password") == {"password": second["password"]}


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ({"name": "shop_owner"}, 409),
        ({"name": ""}, 400),
        ({"name": "x" * 64}, 400),
        ({"name": "x", "no_login": True}, 501),
    ],
)
def test_a_role_that_cannot_be_made(harness: Harness, role: dict[str, object], status: int) -> None:
    """A name must be unused and have the length of a Postgres name."""
    assert harness.refused("POST", f"/branches/{PRODUCTION}/roles", {"role": role})[0] == status


@pytest.mark.parametrize("path", ["databases/x", "roles/x", "roles/x/reveal_password"])
def test_what_a_branch_does_not_have(harness: Harness, path: str) -> None:
    """The request is rejected with 404."""
    assert harness.refused("GET", f"/branches/{PRODUCTION}/{path}")[0] == 404


@pytest.mark.parametrize("path", ["", "/endpoints", "/databases", "/roles", "/schema?db_name=shop"])
def test_a_branch_that_does_not_exist(harness: Harness, path: str) -> None:
    """Every path below it is rejected with 404."""
    assert harness.refused("GET", f"/branches/br-nowhere-00000009{path}")[0] == 404


def test_each_branch_has_a_compute(harness: Harness) -> None:
    """The address of a compute is the same in every incident."""
    endpoints = harness.get("/endpoints")["endpoints"]
    assert [(e["id"], e["host"], e["branch_id"]) for e in endpoints] == [
        ("ep-shop-production-00000001", "224.0.0.0:1", PRODUCTION),
        ("ep-shop-development-00000002", "224.0.0.0:2", DEVELOPMENT),
    ]
    assert harness.get(f"/branches/{DEVELOPMENT}/endpoints")["endpoints"] == endpoints[1:]
    assert harness.get("/endpoints/ep-shop-development-00000002")["endpoint"] == endpoints[1]
    assert harness.refused("GET", "/endpoints/ep-nowhere-00000009")[0] == 404


@pytest.mark.parametrize(
    ("query", "port"),
    [
        ({}, 1),
        ({"branch_id": DEVELOPMENT}, 2),
        ({"branch_id": DEVELOPMENT, "endpoint_id": "ep-shop-development-00000002"}, 2),
        ({"pooled": "true"}, 1),
    ],
)
def test_a_connection_string(harness: Harness, query: dict[str, str], port: int) -> None:
    """The branch is the default branch unless named; TLS and channel binding are required."""
    assert harness.get("/connection_uri", **SHOP, **query)["uri"] == (
        f"postgresql://shop_owner:sandbox-password@224.0.0.0:{port}/shop"
        "?sslmode=require&channel_binding=require"
    )


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"database_name": "shop"}, 400),
        ({"role_name": "shop_owner"}, 400),
        (SHOP | {"database_name": "x"}, 404),
        (SHOP | {"role_name": "x"}, 404),
        (SHOP | {"branch_id": "br-nowhere-00000009"}, 404),
        (SHOP | {"endpoint_id": "ep-nowhere-00000009"}, 404),
        (SHOP | {"endpoint_id": "ep-shop-development-00000002"}, 404),
        (SHOP | {"pooled": "yes"}, 400),
    ],
)
def test_a_connection_string_that_cannot_be_had(
    harness: Harness, query: dict[str, str], status: int
) -> None:
    """Branch, endpoint, database and role must exist and belong together."""
    assert harness.refused("GET", "/connection_uri", **query)[0] == status


def test_a_backup_branch_has_no_connection_string(harness: Harness) -> None:
    """A backup branch has no compute."""
    harness.rewound("before")
    query = SHOP | {"branch_id": harness.named("before")["id"]}
    status, message = harness.refused("GET", "/connection_uri", **query)
    assert status == 404
    assert "no compute" in message


def test_a_schema_is_that_of_its_point(harness: Harness) -> None:
    """Only the later schema has the column that was added at 11:00."""
    path = f"/branches/{PRODUCTION}/schema"
    now = harness.get(path, db_name="shop")["sql"]
    earlier = harness.get(path, db_name="shop", timestamp="2026-11-20T10:59:59Z")["sql"]
    assert now.startswith(earlier)
    assert now.removeprefix(earlier).startswith("ALTER TABLE orders ADD COLUMN shipped")
    assert "events" not in now


def test_schemas_of_two_branches_are_compared(harness: Harness) -> None:
    """The diff is from the base branch, by default the parent, to the branch."""
    added = "+ALTER TABLE orders ADD COLUMN shipped boolean NOT NULL DEFAULT false"
    path = f"/branches/{PRODUCTION}/compare_schema"
    diff = harness.get(path, db_name="shop", base_branch_id=DEVELOPMENT)["diff"]
    assert diff.startswith("--- a/shop\n+++ b/shop\n@@")
    assert added in diff.splitlines()
    diff = harness.get(f"/branches/{DEVELOPMENT}/compare_schema", db_name="shop")["diff"]
    assert f"-{added[1:]}" in diff.splitlines()


def test_a_schema_is_compared_with_an_earlier_one(harness: Harness) -> None:
    """A root branch without a base branch is compared with itself."""
    path = f"/branches/{PRODUCTION}/compare_schema"
    query = {"db_name": "shop", "base_timestamp": "2026-11-20T10:59:59Z"}
    assert "+ALTER TABLE orders" in harness.get(path, **query)["diff"]
    lsn = str(harness.storage.commits(PRODUCTION)[-1].lsn)
    assert harness.get(path, db_name="shop", base_lsn=lsn) == {"diff": ""}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"db_name": "x"}, 404),
        ({"db_name": "shop", "timestamp": "2026-11-20T07:00:00Z"}, 400),
        ({"db_name": "shop", "lsn": "zero"}, 400),
        ({"db_name": "shop", "format": "json"}, 501),
        ({"db_name": "shop", "format": "xml"}, 400),
    ],
)
def test_a_schema_that_cannot_be_had(harness: Harness, query: dict[str, str], status: int) -> None:
    """The database and the point in time must exist."""
    assert harness.refused("GET", f"/branches/{PRODUCTION}/schema", **query)[0] == status


def test_a_database_has_no_schema_before_it_was_made(harness: Harness) -> None:
    """An earlier point in time is rejected with 404."""
    body = {"database": {"name": "reports", "owner_name": "shop_owner"}}
    harness.do("POST", f"/branches/{PRODUCTION}/databases", body)
    path = f"/branches/{PRODUCTION}/schema"
    assert harness.get(path, db_name="reports") == {"sql": ""}
    query = {"db_name": "reports", "timestamp": "2026-11-20T14:39:00Z"}
    assert harness.refused("GET", path, **query)[0] == 404
