"""A plan counts the rows that a restore removes and brings back, on real Postgres."""

import socket
import time
from collections.abc import Iterator
from threading import Event, Timer
from threading import enumerate as enumerate_threads
from typing import Any

import psycopg
import pytest

from neon_restore import CheckFailed, ConnectionString, Neon, TableRows, rows
from neon_restore.checks import same_rows
from neon_restore.rows import compare_rows
from neon_sandbox.server.http import HttpServer
from tests.client.raw_server import RawServer, raw_server
from tests.sandbox.postgres.harness import BEFORE_DELETE, Harness, live_harness

ROWS = rows._ROWS
SLOW_ROWS = ROWS.replace("::text", "::text || pg_sleep(20)::text")


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Harness, HttpServer]]:
    """Serve the incident with its rows once, on a running clock: most tests only read."""
    with live_harness() as harness, HttpServer(harness.sandbox) as server:
        yield harness, server


@pytest.fixture
def harness(server: tuple[Harness, HttpServer]) -> Harness:
    """Return the incident."""
    return server[0]


@pytest.fixture
def neon(server: tuple[Harness, HttpServer], monkeypatch: pytest.MonkeyPatch) -> Iterator[Neon]:
    """Return a client over loopback."""
    for name, value in server[1].environment.items():
        monkeypatch.setenv(name, value)
    with Neon() as neon:
        yield neon


@pytest.fixture
def copy(neon: Neon, harness: Harness) -> Iterator[str]:
    """Create a branch of its own for a test, and return its name."""
    yield neon.create_branch("copy").name
    neon.delete_branch("copy")


def compared(
    neon: Neon, branch: str, database: str = "shop", **options: Any
) -> dict[str, TableRows]:
    """Return the tables of a database, compared with the head of production."""
    plan = neon.plan_restore(branch, source="production", rows=compare_rows(**options))
    return {one.name: one for one in plan.rows if one.database == database}


def counts(table: TableRows) -> tuple[int | None, int | None, int | None, int | None]:
    """Return the four numbers of a table."""
    assert table.reason is None
    return table.now, table.then, table.goes, table.comes_back


def test_a_plan_counts_what_goes_and_what_comes_back(neon: Neon) -> None:
    """The orders come back, and the events since the point go."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE, rows=compare_rows())
    assert {(one.database, one.name): counts(one) for one in plan.rows} == {
        ("shop", "public.customers"): (40, 40, 0, 0),
        ("shop", "public.orders"): (0, 750, 0, 750),
        ("analytics", "public.events"): (2500, 2400, 100, 0),
    }
    assert (
        "  Rows          analytics public.events: 2,500 now, 2,400 then: 100 go, 0 come back\n"
        "                shop public.orders: 0 now, 750 then: 0 go, 750 come back\n"
        "                1 table stays as it is\n"
    ) in str(plan)


def test_a_change_in_place_goes_and_comes_back(neon: Neon, harness: Harness, copy: str) -> None:
    """Rows are compared as multisets: one of two equal rows counts as well."""
    harness.run(copy, "UPDATE customers SET name = 'x' WHERE id <= 3")
    harness.run(copy, "CREATE TABLE twice (n int); INSERT INTO twice VALUES (1), (1), (2)")
    harness.run("production", "CREATE TABLE twice (n int); INSERT INTO twice VALUES (1), (2), (2)")
    found = compared(neon, copy)
    harness.run("production", "DROP TABLE twice")
    assert counts(found["public.customers"]) == (40, 40, 3, 3)
    assert counts(found["public.twice"]) == (3, 3, 1, 1)


def test_tables_of_one_state_only_are_counted(neon: Neon, harness: Harness, copy: str) -> None:
    harness.run(copy, "CREATE TABLE made AS SELECT generate_series(1, 7); DROP TABLE orders")
    found = compared(neon, copy)
    assert counts(found["public.made"]) == (7, None, 7, 0)
    assert counts(found["public.orders"]) == (None, 0, 0, 0)
    assert str(found["public.made"]) == "shop public.made: 7 now, no table then: 7 go, 0 come back"


def test_only_columns_of_both_states_are_compared(neon: Neon, harness: Harness, copy: str) -> None:
    """A migration changes no row by itself, whatever the order of the columns."""
    harness.run(
        copy,
        "ALTER TABLE customers ADD COLUMN note text DEFAULT 'x', ADD COLUMN again text;"
        "UPDATE customers SET again = name; ALTER TABLE customers DROP COLUMN name;"
        "ALTER TABLE customers RENAME COLUMN again TO name",
    )
    assert counts(compared(neon, copy)["public.customers"]) == (40, 40, 0, 0)


def test_columns_of_one_state_only_are_named(neon: Neon, harness: Harness, copy: str) -> None:
    """Their values go and come back with the restore, so the table does not stay as it is."""
    harness.run(
        copy,
        "ALTER TABLE customers RENAME COLUMN name TO title; UPDATE customers SET title = 'x';"
        "ALTER TABLE customers ADD COLUMN note text",
    )
    plan = neon.plan_restore(copy, source="production", rows=compare_rows())
    (customers,) = [one for one in plan.rows if one.table == "customers"]
    assert counts(customers) == (40, 40, 0, 0)
    assert customers.columns_lost == ("note", "title")
    assert customers.columns_back == ("name",)
    said = "40 now, 40 then: 0 go, 0 come back; columns lost: note, title; columns back: name"
    assert str(customers) == f"shop public.customers: {said}"
    assert "shop public.customers: 40 now, 40 then" in str(plan)
    assert "2 tables stay as they are" in str(plan)


def test_a_database_that_was_dropped_since_is_named(neon: Neon, harness: Harness) -> None:
    """The past lists it; the API lists no databases of the past."""
    branch = neon.create_branch("dropping")
    harness.do("DELETE", f"/branches/{branch.id}/databases/analytics")
    plan = neon.plan_restore(branch.id, source="production", rows=compare_rows())
    back = [one for one in plan.rows if one.database == "analytics"]
    assert [str(one) for one in back] == [
        "analytics was not compared: it is not there now, and comes back"
    ]
    neon.delete_branch(branch.id)


def test_every_table_counts_once(neon: Neon, harness: Harness, copy: str) -> None:
    """Each partition is a table, parents have only their own rows, and views have none."""
    harness.run(
        copy,
        """
        CREATE SCHEMA "Odd ""one";
        CREATE TABLE "Odd ""one"."a.b%s{}" ("customers" int, "x""y" int);
        INSERT INTO "Odd ""one"."a.b%s{}" VALUES (1, 1);
        CREATE TABLE parts (n int) PARTITION BY RANGE (n);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (5);
        CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (5) TO (9);
        INSERT INTO parts SELECT generate_series(0, 8);
        CREATE TABLE parent (n int);
        CREATE TABLE child () INHERITS (parent);
        INSERT INTO parent VALUES (1);
        INSERT INTO child VALUES (1), (2);
        CREATE TABLE bare ();
        INSERT INTO bare DEFAULT VALUES;
        CREATE VIEW seen AS SELECT * FROM customers;
        CREATE MATERIALIZED VIEW stored AS SELECT * FROM customers;
        """,
    )
    new = {name: one for name, one in compared(neon, copy).items() if one.then is None}
    assert {name: counts(one)[0] for name, one in new.items()} == {
        'Odd "one.a.b%s{}': 1,
        "public.parts_1": 5,
        "public.parts_2": 4,
        "public.parent": 1,
        "public.child": 2,
        "public.bare": 1,
    }


def test_settings_of_a_role_change_no_row(neon: Neon, harness: Harness, copy: str) -> None:
    """The text of a time, an interval or bytes depends on them; a path could hide functions."""
    table = (
        "CREATE TABLE moments AS SELECT now() AS at, interval '1 day 2 hours' AS long, "
        "'\\xff'::bytea AS bytes, 0.1::float8 + 0.2 AS number, now()::date AS day"
    )
    harness.run("production", table)
    later = neon.create_branch("later")
    harness.run("later", "INSERT INTO moments SELECT * FROM moments")
    harness.run(
        "later",
        "CREATE FUNCTION public.hashtextextended(text, bigint) RETURNS bigint LANGUAGE sql "
        "AS 'SELECT 7'",
    )
    for setting in (
        "TimeZone = 'Asia/Tokyo'",
        "DateStyle = 'German'",
        "IntervalStyle = 'sql_standard'",
        "bytea_output = 'escape'",
        "extra_float_digits = -5",
        "search_path = public, pg_catalog",
    ):
        harness.run("later", f"ALTER ROLE shop_owner SET {setting}")
    found = compared(neon, "later")
    neon.delete_branch(later.id)
    harness.run("production", "DROP TABLE moments")
    assert counts(found["public.moments"]) == (2, 1, 1, 0)


def test_above_the_limit_there_are_estimates(neon: Neon, harness: Harness, copy: str) -> None:
    """They are marked as such, and none is below what was read; large tables come last."""
    harness.run(copy, "CREATE TABLE a AS SELECT generate_series(1, 5000); ANALYZE a")
    for branch in (copy, "production"):
        harness.run(branch, "ANALYZE customers")
    harness.run(copy, "CREATE TABLE fresh AS SELECT generate_series(1, 50); ANALYZE fresh")
    harness.run(copy, "DELETE FROM fresh WHERE generate_series <= 3; ANALYZE fresh")
    harness.run(copy, "INSERT INTO fresh SELECT generate_series(1, 99)")
    found = compared(neon, copy, limit=50)
    assert list(found)[-1] == "public.a"
    assert counts(found["public.customers"]) == (40, 40, 0, 0)
    assert counts(found["public.fresh"]) == (51, None, None, None)
    assert str(found["public.fresh"]) == "shop public.fresh: about 51 now, no table then"
    found = compared(neon, copy, limit=39)
    assert counts(found["public.customers"]) == (40, 40, None, None)
    assert str(found["public.customers"]) == "shop public.customers: about 40 now, about 40 then"


def test_a_slow_table_is_estimated(
    neon: Neon, harness: Harness, copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets a quarter of the time, and the next ones get theirs."""
    monkeypatch.setattr(rows, "_ROWS", SLOW_ROWS)
    harness.run(copy, "ANALYZE customers")
    harness.run("production", "ANALYZE customers")
    began = time.monotonic()
    found = compared(neon, copy, timeout=2)
    assert time.monotonic() - began < 4
    assert counts(found["public.customers"]) == (40, 40, None, None)
    assert counts(found["public.orders"]) == (0, 0, 0, 0)


def test_the_time_bounds_a_server_that_hangs(
    neon: Neon, copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client ends the connection itself, and says what it has not compared."""
    monkeypatch.setattr(rows, "_ROWS", SLOW_ROWS)
    monkeypatch.setattr(rows, "_SETTINGS", "SELECT {}")
    began = time.monotonic()
    plan = neon.plan_restore(copy, source="production", rows=compare_rows(timeout=1))
    assert time.monotonic() - began < 3
    left = {one.name: one.reason for one in plan.rows if one.reason is not None}
    assert left["public.customers"] == "there was no time left"
    assert str(plan).count("analytics was not compared: there was no time left") == 1
    assert not any(isinstance(thread, Timer) for thread in enumerate_threads())


def test_the_time_bounds_connecting_too() -> None:
    """The limit of libpq is for each address of a host, and at least two seconds."""

    def hang(server: RawServer, connection: socket.socket) -> None:
        server.over.wait(20)

    with raw_server(hang) as server:
        host = server.url.removeprefix("http://").partition("/")[0]
        uri = ConnectionString(f"postgresql://role:@{host},{host},{host}/shop")
        began = time.monotonic()
        (shop,) = compare_rows(timeout=0.3)([(uri, uri)])
        assert time.monotonic() - began < 1
        assert shop.reason == "there was no time left"


def test_a_connection_that_is_made_too_late_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    made, closed = Event(), Event()

    class Late:
        """A connection."""

        def close(self) -> None:
            """Record it."""
            closed.set()

    def connect(*_: object, **__: object) -> Late:
        made.wait(20)
        return Late()

    monkeypatch.setattr(psycopg, "connect", connect)
    uri = ConnectionString("postgresql://role:@127.0.0.1:1/shop")
    (shop,) = compare_rows(timeout=0.1)([(uri, uri)])
    assert shop.reason == "there was no time left"
    made.set()
    assert closed.wait(20)


def test_no_time_compares_nothing(neon: Neon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it connect."""
    connected: list[object] = []
    monkeypatch.setattr(psycopg, "connect", lambda uri, **options: connected.append(uri))
    plan = neon.plan_restore("production", at=BEFORE_DELETE, rows=compare_rows(timeout=0))
    assert [(one.database, one.table, one.reason) for one in plan.rows] == [
        ("shop", "", "there was no time left"),
        ("analytics", "", "there was no time left"),
    ]
    assert connected == []


def test_a_locked_table_is_named_and_the_others_are_compared(
    neon: Neon, harness: Harness, copy: str
) -> None:
    """A migration may hold the lock."""
    uri = ConnectionString(harness.uri(copy))
    with psycopg.connect(str(uri)) as holder:
        holder.execute("LOCK TABLE customers")
        customers, orders = sorted(compare_rows()([(uri, uri)]), key=lambda one: one.name)
    assert customers.reason == "canceling statement due to lock timeout"
    assert counts(orders) == (0, 0, 0, 0)


def test_a_comparison_changes_nothing(
    neon: Neon, harness: Harness, copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it ran would be in a read-only transaction."""
    deletion = "/* {} */ DELETE FROM ONLY {} WHERE {} > 0 RETURNING 1"
    monkeypatch.setattr(rows, "_ROWS", deletion)
    found = compared(neon, copy)
    assert found["public.customers"].reason == ("cannot execute DELETE in a read-only transaction")
    assert harness.query(copy, "SELECT count(*) FROM customers") == 40


def test_what_a_role_may_not_read_is_named(
    neon: Neon, harness: Harness, copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row-level security would hide rows, so it is an error and no count."""
    harness.run(
        copy,
        "CREATE ROLE reader LOGIN PASSWORD 'reads'; GRANT SELECT ON customers TO reader;"
        "ALTER TABLE customers ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY few ON customers TO reader USING (id < 5)",
    )
    owner = str(neon.connection_string(copy, database="shop"))
    login = owner.removeprefix("postgresql://").partition("@")[0]
    uri = ConnectionString(owner.replace(login, "reader:reads"))
    found = {one.name: one.reason for one in compare_rows()([(uri, uri)])}
    assert found == {
        "public.customers": "query would be affected by row-level security policy for table "
        '"customers"',
        "public.orders": "permission denied for table orders",
    }
    wrong = ConnectionString(owner.replace(login, "reader:secret-word"))
    (failed,) = compare_rows()([(uri, wrong)])
    assert failed.table == ""
    assert "password authentication failed" in str(failed)
    assert "secret-word" not in repr(failed)
    monkeypatch.setattr(rows, "_ROWS", "/* {} {} {} */ SELECT 'reads'::int")
    for pair in ((uri, ConnectionString(owner)), (ConnectionString(owner), uri)):
        for one in compare_rows()([pair]):
            assert one.reason == 'invalid input syntax for type integer: "***"'


def test_a_database_that_was_not_there_is_named(neon: Neon, harness: Harness) -> None:
    """It goes with all its rows, and Postgres says why it cannot be compared."""
    harness.do(
        "POST",
        f"/branches/{harness.id('development')}/databases",
        {"database": {"name": "reports", "owner_name": "shop_owner"}},
    )
    plan = neon.plan_restore("development", source="production", rows=compare_rows())
    (reports,) = [one for one in plan.rows if one.database == "reports"]
    assert reports.reason is not None
    assert "reports" in reports.reason
    harness.do("DELETE", f"/branches/{harness.id('development')}/databases/reports")


def test_a_backup_is_compared_once_it_has_a_compute(neon: Neon, harness: Harness) -> None:
    """The plan of a rollback says what is missing, and what would be lost with it."""
    branch = neon.create_branch("shop", at=BEFORE_DELETE)
    restored = neon.restore(branch.id, source="production")
    assert restored.backup is not None
    plan = neon.plan_rollback(restored, rows=compare_rows())
    assert "shop was not compared: no read-write endpoint for branch. Check that" in str(plan)
    neon.add_compute(restored.backup.id)
    plan = neon.plan_rollback(restored, rows=compare_rows())
    assert "shop public.orders: 0 now, 750 then: 0 go, 750 come back" in str(plan)


def test_a_restore_has_the_rows_of_its_plan(neon: Neon, harness: Harness) -> None:
    """The check is made on the past, and again on the branch."""
    neon.create_branch("checked")
    plan = neon.plan_restore(
        "checked", source="production", rows=compare_rows(), backup_name="first"
    )
    neon.restore(plan, verify=dict.fromkeys(("shop", "analytics"), same_rows(plan)))
    plan = neon.plan_restore(
        "checked", source="production", rows=compare_rows(), backup_name="second"
    )
    harness.run("production", "DELETE FROM customers WHERE id = 1")
    with pytest.raises(CheckFailed, match=r"public\.customers has 39 rows, and the plan says 40"):
        neon.restore(plan, verify={"shop": same_rows(plan)})
    harness.run("production", "INSERT INTO customers (id, name) VALUES (1, 'a'), (50, 'b')")
    with pytest.raises(CheckFailed, match=r"public\.customers has 41 rows, and the plan says 40"):
        neon.restore(plan, verify={"shop": same_rows(plan)})


def test_a_plan_that_counted_nothing_proves_nothing(neon: Neon) -> None:
    """Estimated numbers are no count either."""
    plan = neon.plan_restore("development", source="production")
    with pytest.raises(CheckFailed, match="the plan has counted no rows of shop"):
        neon.restore(plan, verify={"shop": same_rows(plan)})
    plan = neon.plan_restore("development", source="production", rows=compare_rows(limit=0))
    with pytest.raises(CheckFailed, match="the plan has counted no rows of analytics"):
        neon.restore(plan, verify={"analytics": same_rows(plan)})
