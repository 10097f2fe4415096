"""Tests of databases, roles, computes, connection strings and schemas."""

import pytest

from tests.sandbox.harness import DEVELOPMENT, PRODUCTION, Harness

BRANCH = f"/branches/{PRODUCTION}"
NOWHERE = "/branches/br-nowhere-00000009"
# [rule: reserved-names]
RESERVED = ("cloud_admin", "neon_superuser", "zenith_admin", "postgres", "public", "none", "pg_x")
OWNED = {"owner_name": "shop_owner"}
SHOP = {"database_name": "shop", "role_name": "shop_owner"}
# The column `shipped` was added to production at 11:00.
BEFORE_SHIPPED = "2026-11-20T10:59:59Z"


def test_a_branch_has_its_databases(harness: Harness) -> None:
    databases = harness.get(f"{BRANCH}/databases")["databases"]
    assert harness.names_in(PRODUCTION, "databases") == ["shop", "analytics"]
    assert {database["owner_name"] for database in databases} == {"shop_owner"}
    assert harness.get(f"{BRANCH}/databases/analytics")["database"] == databases[1]


def test_a_new_database_is_on_its_branch_alone(harness: Harness) -> None:
    """An existing child does not get the database; a later child does."""
    body = {"database": {"name": "a/b c", "owner_name": "shop_owner"}}
    made = harness.do("POST", f"{BRANCH}/databases", body)
    assert [operation["action"] for operation in made["operations"]] == ["apply_config"]
    path = "databases/a%2Fb%20c"
    assert harness.get(f"{BRANCH}/{path}")["database"] == made["database"]
    assert harness.refused("GET", f"/branches/{DEVELOPMENT}/{path}")[0] == 404
    later = harness.created("later")["id"]
    assert harness.get(f"/branches/{later}/{path}")["database"]["branch_id"] == later


@pytest.mark.parametrize(
    ("kind", "new", "status"),
    [
        ("database", {"name": "shop", "owner_name": "shop_owner"}, 409),
        ("database", {"name": "x", "owner_name": "nobody"}, 404),
        ("database", {"name": "", "owner_name": "shop_owner"}, 400),
        ("role", {"name": "shop_owner"}, 409),
        ("role", {"name": ""}, 400),
        # A role name has the length of a Postgres name.
        ("role", {"name": "x" * 64}, 400),
        ("role", {"name": "x", "no_login": True}, 501),
        *(("role", {"name": name}, 400) for name in RESERVED),
        *(("database", {"name": name, **OWNED}, 400) for name in ("postgres", "template1")),
    ],
)
def test_what_cannot_be_made(
    harness: Harness, kind: str, new: dict[str, object], status: int
) -> None:
    assert harness.refused("POST", f"{BRANCH}/{kind}s", {kind: new})[0] == status


def test_only_reveal_password_returns_the_password_of_a_role(harness: Harness) -> None:
    (role,) = harness.get(f"{BRANCH}/roles")["roles"]
    assert role["name"] == "shop_owner"
    assert "password" not in role
    assert harness.get(f"{BRANCH}/roles/shop_owner")["role"] == role
    path = f"{BRANCH}/roles/shop_owner/reveal_password"
    assert harness.get(path) == {"password": "sandbox-password"}


def test_a_new_role_gets_a_password_of_its_own(harness: Harness) -> None:
    """The response has the password, and reveal_password returns the same one."""
    path = f"{BRANCH}/roles"
    first = harness.do("POST", path, {"role": {"name": "one"}})["role"]
    second = harness.do("POST", path, {"role": {"name": "two"}})["role"]
    assert first["password"] != second["password"]
    assert harness.get(f"{path}/two/reveal_password") == {"password": second["password"]}


def test_each_branch_has_a_compute_at_a_fixed_address(harness: Harness) -> None:
    endpoints = harness.get("/endpoints")["endpoints"]
    assert [(e["id"], e["host"], e["branch_id"]) for e in endpoints] == [
        ("ep-shop-production-00000001", "224.0.0.0:1", PRODUCTION),
        ("ep-shop-development-00000002", "224.0.0.0:2", DEVELOPMENT),
    ]
    assert harness.get(f"/branches/{DEVELOPMENT}/endpoints")["endpoints"] == endpoints[1:]
    assert harness.get("/endpoints/ep-shop-development-00000002")["endpoint"] == endpoints[1]


@pytest.mark.parametrize(
    ("query", "port"),
    [
        ({}, 1),
        ({"branch_id": DEVELOPMENT}, 2),
        ({"branch_id": DEVELOPMENT, "endpoint_id": "ep-shop-development-00000002"}, 2),
    ],
)
def test_a_connection_string(harness: Harness, query: dict[str, str], port: int) -> None:
    """The branch is the default branch unless named; TLS and channel binding are required."""
    assert harness.get("/connection_uri", **SHOP, **query)["uri"] == (
        f"postgresql://shop_owner:sandbox-password@224.0.0.0:{port}/shop"
        "?sslmode=require&channel_binding=require"
    )


def test_a_pooled_connection_string_names_the_pooler(harness: Harness) -> None:
    uri = harness.get("/connection_uri", **SHOP)["uri"]
    pooled = harness.get("/connection_uri", **SHOP, pooled="true")["uri"]
    assert pooled == f"{uri}&options=endpoint%3Dep-shop-production-00000001-pooler"


def test_a_backup_branch_has_no_connection_string(harness: Harness) -> None:
    query = SHOP | {"branch_id": harness.backup()}
    rejection = harness.refused("GET", "/connection_uri", **query)
    assert rejection == (404, "no read-write endpoint for branch")


def test_a_schema_is_that_of_its_point(harness: Harness) -> None:
    now = harness.get(f"{BRANCH}/schema", db_name="shop")["sql"]
    earlier = harness.get(f"{BRANCH}/schema", db_name="shop", timestamp=BEFORE_SHIPPED)["sql"]
    assert now.startswith(earlier)
    assert now.removeprefix(earlier).startswith("ALTER TABLE orders ADD COLUMN shipped")
    assert "events" not in now


def test_schemas_of_two_branches_are_compared(harness: Harness) -> None:
    """The diff is from the base branch, by default the parent, to the branch."""
    column = "ALTER TABLE orders ADD COLUMN shipped boolean NOT NULL DEFAULT false"
    query = {"db_name": "shop", "base_branch_id": DEVELOPMENT}
    diff = harness.get(f"{BRANCH}/compare_schema", **query)["diff"]
    assert diff.startswith("--- a/shop\n+++ b/shop\n@@")
    assert f"+{column}" in diff.splitlines()
    diff = harness.get(f"/branches/{DEVELOPMENT}/compare_schema", db_name="shop")["diff"]
    assert f"-{column}" in diff.splitlines()


def test_a_schema_is_compared_with_an_earlier_one(harness: Harness) -> None:
    """A root branch without a base branch is compared with itself."""
    path = f"{BRANCH}/compare_schema"
    diff = harness.get(path, db_name="shop", base_timestamp=BEFORE_SHIPPED)["diff"]
    assert "+ALTER TABLE orders" in diff
    lsn = str(harness.storage.commits(PRODUCTION)[-1].lsn)
    assert harness.get(path, db_name="shop", base_lsn=lsn) == {"diff": ""}


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (f"{BRANCH}/databases/x", {}, 404),
        (f"{BRANCH}/roles/x", {}, 404),
        (f"{BRANCH}/roles/x/reveal_password", {}, 404),
        (NOWHERE, {}, 404),
        (f"{NOWHERE}/endpoints", {}, 404),
        (f"{NOWHERE}/databases", {}, 404),
        (f"{NOWHERE}/roles", {}, 404),
        (f"{NOWHERE}/schema", {"db_name": "shop"}, 404),
        ("/endpoints/ep-nowhere-00000009", {}, 404),
        # Branch, endpoint, database and role of a connection must exist and belong together.
        ("/connection_uri", {"database_name": "shop"}, 400),
        ("/connection_uri", {"role_name": "shop_owner"}, 400),
        ("/connection_uri", SHOP | {"database_name": "x"}, 404),
        ("/connection_uri", SHOP | {"role_name": "x"}, 404),
        ("/connection_uri", SHOP | {"branch_id": "br-nowhere-00000009"}, 404),
        ("/connection_uri", SHOP | {"endpoint_id": "ep-nowhere-00000009"}, 404),
        ("/connection_uri", SHOP | {"endpoint_id": "ep-shop-development-00000002"}, 404),
        ("/connection_uri", SHOP | {"pooled": "yes"}, 400),
        (f"{BRANCH}/schema", {}, 400),
        (f"{BRANCH}/schema", {"db_name": "x"}, 404),
        (f"{BRANCH}/schema", {"db_name": "shop", "timestamp": "2026-11-20T07:00:00Z"}, 400),
        (f"{BRANCH}/schema", {"db_name": "shop", "lsn": "zero"}, 400),
        (f"{BRANCH}/schema", {"db_name": "shop", "format": "json"}, 501),
        (f"{BRANCH}/schema", {"db_name": "shop", "format": "xml"}, 400),
    ],
)
def test_what_cannot_be_had(
    harness: Harness, path: str, query: dict[str, str], status: int
) -> None:
    assert harness.refused("GET", path, **query)[0] == status


def test_a_database_has_no_schema_before_it_was_made(harness: Harness) -> None:
    body = {"database": {"name": "reports", "owner_name": "shop_owner"}}
    harness.do("POST", f"{BRANCH}/databases", body)
    assert harness.get(f"{BRANCH}/schema", db_name="reports") == {"sql": ""}
    query = {"db_name": "reports", "timestamp": "2026-11-20T14:39:00Z"}
    assert harness.refused("GET", f"{BRANCH}/schema", **query)[0] == 404


def earlier(harness: Harness) -> str:
    """Return the time, and go on by a minute."""
    now = harness.clock.now().isoformat()
    harness.advance(minutes=1)
    return now


def at(harness: Harness, name: str, point: str) -> list[str]:
    """Return the databases of a new branch from a point of production."""
    branch = harness.created(name, parent_id=PRODUCTION, parent_timestamp=point)["id"]
    return harness.names_in(branch, "databases")


def test_a_renamed_database_has_its_former_name_in_the_past(harness: Harness) -> None:
    """This holds for new branches, schemas, and the branch itself after a restore."""
    before = earlier(harness)
    body = {"database": {"name": "store"}}
    made = harness.do("PATCH", f"{BRANCH}/databases/shop", body)
    assert [one["action"] for one in made["operations"]] == ["apply_config"]
    renamed = earlier(harness)
    assert harness.names_in(PRODUCTION, "databases") == ["store", "analytics"]
    sql = harness.get(f"{BRANCH}/schema", db_name="store")["sql"]
    assert sql == harness.get(f"{BRANCH}/schema", db_name="shop", timestamp=before)["sql"] != ""
    assert set(at(harness, "then", before)) == {"shop", "analytics"}
    harness.rewound(to=before)
    assert set(harness.names_in(PRODUCTION, "databases")) == {"shop", "analytics"}
    assert harness.names_in(harness.named("before")["id"], "databases") == ["store", "analytics"]
    # Between the point and the restore, the branch's own history shows what was restored.
    assert set(at(harness, "between", renamed)) == {"shop", "analytics"}


def test_a_deleted_database_comes_back_with_its_time(harness: Harness) -> None:
    before = earlier(harness)
    harness.do("DELETE", f"{BRANCH}/databases/analytics")
    assert harness.ask("DELETE", f"{BRANCH}/databases/analytics").status_code == 204
    assert harness.names_in(PRODUCTION, "databases") == ["shop"]
    harness.rewound(to=before)
    assert set(harness.names_in(PRODUCTION, "databases")) == {"shop", "analytics"}


def test_a_database_gets_another_owner(harness: Harness) -> None:
    harness.do("POST", f"{BRANCH}/roles", {"role": {"name": "sally"}})
    body = {"database": {"owner_name": "sally"}}
    assert harness.do("PATCH", f"{BRANCH}/databases/shop", body)["database"]["name"] == "shop"
    assert harness.get(f"{BRANCH}/databases/shop")["database"]["owner_name"] == "sally"
    status, said = harness.refused("DELETE", f"{BRANCH}/roles/sally")
    assert (status, said) == (422, 'role "sally" owns databases: shop')


def test_a_deleted_role_comes_back_with_its_time(harness: Harness) -> None:
    harness.do("POST", f"{BRANCH}/roles", {"role": {"name": "reader"}})
    before = earlier(harness)
    made = harness.do("DELETE", f"{BRANCH}/roles/reader")
    assert "password" not in made["role"]
    assert harness.ask("DELETE", f"{BRANCH}/roles/reader").status_code == 204
    assert harness.names_in(PRODUCTION, "roles") == ["shop_owner"]
    harness.rewound(to=before)
    assert set(harness.names_in(PRODUCTION, "roles")) == {"shop_owner", "reader"}


def test_a_password_is_reset_when_the_operations_have_finished(harness: Harness) -> None:
    path = f"{BRANCH}/roles/shop_owner"
    made = harness.ask("POST", f"{path}/reset_password").json()
    assert harness.get(f"{path}/reveal_password") == {"password": "sandbox-password"}
    harness.run_until_idle()
    revealed = harness.get(f"{path}/reveal_password")
    assert revealed == {"password": made["role"]["password"]} != {"password": "sandbox-password"}
    # A restore keeps the passwords.
    harness.rewound()
    assert harness.get(f"{path}/reveal_password") == revealed


@pytest.mark.parametrize(
    ("method", "path", "change", "status"),
    [
        ("PATCH", "databases/shop", {"name": "analytics"}, 409),
        ("PATCH", "databases/shop", {"owner_name": "nobody"}, 404),
        ("PATCH", "databases/shop", {"name": ""}, 400),
        ("PATCH", "databases/x", {"name": "y"}, 404),
        ("POST", "roles/x/reset_password", None, 404),
    ],
)
def test_what_cannot_be_changed(
    harness: Harness, method: str, path: str, change: dict[str, str] | None, status: int
) -> None:
    body = {"database": change} if change else None
    assert harness.refused(method, f"{BRANCH}/{path}", body)[0] == status


def test_a_branch_may_have_no_role_and_no_reserved_database(harness: Harness) -> None:
    """Its children are created all the same, without a connection string."""
    path = f"/branches/{DEVELOPMENT}"
    body = {"database": {"name": "postgres"}}
    assert harness.refused("PATCH", f"{path}/databases/shop", body)[0] >= 400
    for name in ("shop", "analytics"):
        harness.do("DELETE", f"{path}/databases/{name}")
    harness.do("DELETE", f"{path}/roles/shop_owner")
    made = {"branch": {"parent_id": DEVELOPMENT}, "endpoints": [{"type": "read_write"}]}
    assert "connection_uris" not in harness.do("POST", "/branches", made)
