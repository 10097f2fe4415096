"""Computes, databases, roles and pooled strings, by what a Postgres client sees."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.sandbox.postgres.harness import BEFORE_DELETE, Harness, Rows

COUNT = "SELECT count(*) FROM orders"


def endpoint(harness: Harness, branch: str = "production") -> str:
    """Return the path of a branch's first compute."""
    path = f"/branches/{harness.id(branch)}/endpoints"
    return f"/endpoints/{harness.do('GET', path)['endpoints'][0]['id']}"


def add(harness: Harness, branch: str, kind: str = "read_write") -> Any:
    """Add a compute to a branch and return it."""
    body = {"endpoint": {"branch_id": harness.id(branch), "type": kind}}
    return harness.do("POST", "/endpoints", body)["endpoint"]


def roles(harness: Harness) -> str:
    """Return the path of production's roles."""
    return f"/branches/{harness.id('production')}/roles"


def ends(connection: psycopg.Connection[Any]) -> None:
    """Require that a connection has been ended by the other side."""
    with pytest.raises(psycopg.errors.AdminShutdown, match="terminating connection"):
        connection.execute("SELECT 1")
    connection.close()


def test_a_backup_branch_is_looked_into_with_a_compute(harness: Harness) -> None:
    harness.rewind()
    add(harness, "old")
    assert harness.rows("old") == Rows.NOW
    harness.run("old", "DROP TABLE orders")
    assert harness.rows("production") == Rows.BEFORE
    harness.do("DELETE", endpoint(harness, "old"))
    assert harness.storage.socket_of(harness.id("old")) is None
    add(harness, "old")
    assert harness.query("old", "SELECT to_regclass('orders') IS NULL") is True


@pytest.mark.parametrize("action", ["suspend", "restart"])
def test_a_suspension_ends_connections_and_a_connection_ends_it(
    harness: Harness, action: str
) -> None:
    """What was committed stays; the address is the same."""
    uri, path = harness.uri("production"), endpoint(harness)
    with psycopg.connect(uri) as connection:
        connection.execute("INSERT INTO orders SELECT 1, 1, 100")
        connection.commit()
        harness.do("POST", f"{path}/{action}")
        ends(connection)
    state = harness.do("GET", path)["endpoint"]["current_state"]
    assert state == {"suspend": "idle", "restart": "active"}[action]
    assert harness.uri("production") == uri
    assert harness.query("production", COUNT) == 1
    harness.run_until_idle()
    assert harness.do("GET", path)["endpoint"]["current_state"] == "active"
    # The history from before the suspension is there.
    assert harness.rows("production", f"neon_timestamp:{BEFORE_DELETE}") == Rows.BEFORE
    harness.rewind()
    assert harness.rows("production") == Rows.BEFORE


def test_a_branch_whose_compute_is_suspended_is_restored_and_branched(harness: Harness) -> None:
    harness.do("POST", f"{endpoint(harness)}/suspend")
    harness.create("child", parent_timestamp=BEFORE_DELETE)
    assert harness.rows("child") == Rows.BEFORE
    harness.rewind()
    assert harness.rows("production") == Rows.BEFORE
    assert harness.rows("production", f"neon_timestamp:{BEFORE_DELETE}") == Rows.BEFORE


def test_several_clients_wake_one_compute(harness: Harness) -> None:
    harness.do("POST", f"{endpoint(harness)}/suspend")
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: harness.query("production", COUNT), range(4))) == {0}
    harness.run_until_idle()
    assert harness.actions(2) == [("suspend_compute", "finished"), ("start_compute", "finished")]


def test_one_of_two_computes_is_suspended_alone(harness: Harness) -> None:
    replica = add(harness, "production", "read_only")
    uri = f"postgresql://shop_owner:sandbox-password@{replica['host']}/shop"
    with psycopg.connect(harness.uri("production")) as writing, psycopg.connect(uri) as reading:
        harness.do("POST", f"/endpoints/{replica['id']}/suspend")
        ends(reading)
        assert writing.execute(COUNT.encode()).fetchone() == (0,)
        with psycopg.connect(uri) as again:
            assert again.execute(COUNT.encode()).fetchone() == (0,)
            harness.do("DELETE", f"/endpoints/{replica['id']}")
            ends(again)
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(uri)


def test_a_disabled_compute_refuses_connections(harness: Harness) -> None:
    """A restore in between changes nothing of it."""
    harness.do("PATCH", endpoint(harness), {"endpoint": {"disabled": True}})
    harness.rewind()
    with pytest.raises(psycopg.OperationalError, match="The endpoint has been disabled"):
        harness.rows("production")
    harness.do("PATCH", endpoint(harness), {"endpoint": {"disabled": False}})
    assert harness.rows("production") == Rows.BEFORE


def test_a_pooled_string_connects(shared_sandbox: Harness) -> None:
    query = {"database_name": "shop", "role_name": "shop_owner", "pooled": "true"}
    uri = shared_sandbox.do("GET", "/connection_uri", **query)["uri"]
    assert "ep-shop-production-00000001-pooler" in uri
    with psycopg.connect(uri) as connection:
        assert connection.execute(COUNT.encode()).fetchone() == (0,)


def test_databases_are_renamed_and_deleted_under_clients(harness: Harness) -> None:
    """A restore brings names and rows back."""
    before = harness.sandbox.clock.now().isoformat()
    path = f"/branches/{harness.id('production')}/databases"
    harness.do("POST", roles(harness), {"role": {"name": "sally"}})
    with (
        psycopg.connect(harness.uri("production")) as first,
        psycopg.connect(harness.uri("production", "analytics")) as second,
    ):
        body = {"database": {"name": "the store", "owner_name": "sally"}}
        harness.do("PATCH", f"{path}/shop", body)
        ends(first)
        harness.do("DELETE", f"{path}/analytics")
        ends(second)
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert harness.query("production", owner, "the store") == "sally"
    with pytest.raises(AssertionError, match="database not found"):
        harness.rows("production")
    harness.rewind(before)
    assert harness.rows("production") == Rows.NOW
    add(harness, "old")
    assert harness.query("old", COUNT, "the store") == 0


def test_a_deleted_role_leaves_its_tables_to_the_owner(harness: Harness) -> None:
    role = harness.do("POST", roles(harness), {"role": {"name": "reader"}})["role"]
    before = harness.sandbox.clock.now().isoformat()
    uri = harness.uri("production").replace("shop_owner", "reader")
    uri = uri.replace("sandbox-password", role["password"])
    harness.run("production", "GRANT CREATE ON SCHEMA public TO reader")
    with psycopg.connect(uri) as connection:
        connection.execute("CREATE TABLE notes (id integer)")
    harness.do("DELETE", f"{roles(harness)}/reader")
    owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'notes'"
    assert harness.query("production", owner) == "shop_owner"
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(uri)
    harness.rewind(before)
    psycopg.connect(uri).close()


def test_what_sql_drops_or_gives_away_was_there_before(harness: Harness) -> None:
    """A branch from before has it, also without a compute that would tell."""
    path = f"/branches/{harness.id('production')}"
    harness.run("production", "CREATE ROLE writer; GRANT writer TO shop_owner")
    harness.do("GET", roles(harness))
    before = harness.sandbox.clock.now().isoformat()
    for statement in (
        "ALTER DATABASE shop OWNER TO writer",
        "ALTER DATABASE shop OWNER TO shop_owner",
        "DROP DATABASE analytics",
        "DROP ROLE writer",
    ):
        with psycopg.connect(harness.uri("production"), autocommit=True) as connection:
            connection.execute(statement.encode())
        harness.do("GET", roles(harness))
    query = {"db_name": "analytics", "timestamp": before}
    assert "events" in harness.do("GET", f"{path}/schema", **query)["sql"]
    for point, writer, analytics in (
        ({"parent_timestamp": before}, {"writer"}, {"analytics": "shop_owner"}),
        ({}, set(), {}),
    ):
        new = harness.create(f"new{len(point)}", compute=False, **point)["id"]
        databases = harness.do("GET", f"/branches/{new}/databases")["databases"]
        owners = {one["name"]: one["owner_name"] for one in databases}
        assert owners == {"shop": "shop_owner", **analytics}
        names = {one["name"] for one in harness.do("GET", f"/branches/{new}/roles")["roles"]}
        assert names == {"shop_owner", *writer}


def test_a_new_password_replaces_the_old_one(harness: Harness) -> None:
    old = harness.uri("production")
    with psycopg.connect(old) as connection:
        harness.do("POST", f"{roles(harness)}/shop_owner/reset_password")
        ends(connection)
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(old)
    assert harness.rows("production") == Rows.NOW
    harness.rewind()
    assert harness.rows("production") == Rows.BEFORE
