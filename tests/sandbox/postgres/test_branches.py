"""Branches with rows: made, deleted, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.sandbox.postgres.world import BEFORE, GOOD, NOW, stamp

if TYPE_CHECKING:
    from tests.sandbox.postgres.world import World


def test_a_branch_takes_the_head_or_a_point_of_its_parent(world: World) -> None:
    """Its rows are those of the parent then, and its own from then on."""
    world.create("head")
    world.create("earlier", parent_timestamp=GOOD)
    lsn = world.query("production", "SELECT pg_current_wal_insert_lsn()::text")
    world.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    world.create("exact", parent_lsn=lsn)
    world.run("head", "DELETE FROM customers WHERE id > 30", "shop")
    assert world.rows("head") == NOW
    assert world.rows("earlier") == BEFORE
    assert world.rows("exact") == NOW
    assert world.query("production", "SELECT count(*) FROM customers") == 40


def test_a_branch_of_a_branch_goes_on_from_there(world: World) -> None:
    """With what was committed on the first one, before it is gone."""
    world.create("first", parent_timestamp=GOOD)
    world.run("first", "DELETE FROM orders WHERE id <= 50")
    world.create("second", parent_id=world.id("first"))
    world.run("first", "DELETE FROM orders")
    assert world.rows("second") == (700, 2400)


def test_a_branch_without_a_compute_can_be_restored_from(world: World) -> None:
    """It is no more than a name until then, and gets no address."""
    world.create("kept", compute=False)
    world.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    world.restore("production", "kept", preserve_under_name="old")
    assert world.rows("production") == NOW
    assert world.storage.socket_of(world.id("kept")) is None


def test_a_branch_without_a_compute_can_be_written_to(world: World) -> None:
    """By the sandbox itself, which starts what it takes."""
    world.create("kept", compute=False)
    world.sandbox.commit("kept", "shop", "INSERT INTO orders SELECT 1, 1, 100")
    world.restore("production", "kept", preserve_under_name="old")
    assert world.query("production", "SELECT count(*) FROM orders") == 1


def test_a_deleted_branch_leaves_its_history_to_others(world: World) -> None:
    """A branch made from it has all of its rows, though nothing ran on that one yet."""
    world.create("first", parent_timestamp=GOOD)
    world.run("first", "DELETE FROM orders WHERE id <= 50")
    first = world.id("first")
    world.restore("production", "first", preserve_under_name="old")
    uri = world.uri("first")
    world.do("DELETE", f"/branches/{first}")
    assert world.rows("production") == (700, 2400)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(uri)
    with pytest.raises(KeyError):
        world.storage.socket_of(first)


def test_a_schema_only_branch_has_tables_without_rows(world: World) -> None:
    """Its sequences begin anew, and its own history shows no rows either."""
    world.run("production", "CREATE TABLE notes (id serial, text text)")
    world.run("production", "INSERT INTO notes (text) VALUES ('x')")
    world.run("production", "CREATE MATERIALIZED VIEW named AS SELECT name FROM customers")
    world.create("empty", init_source="schema-only")
    assert world.rows("empty") == (0, 0)
    assert world.query("empty", "SELECT count(*) FROM customers") == 0
    assert world.query("empty", "SELECT relispopulated FROM pg_class WHERE relname = 'named'") is (
        False
    )
    assert world.query("empty", "INSERT INTO notes (text) VALUES ('y') RETURNING id") == 1
    assert world.rows("empty", stamp(world.sandbox.branch("empty").created_at)) == (0, 0)


def test_schemas_are_compared_as_postgres_writes_them(world: World) -> None:
    """Now and in the past, and with no difference where there is none."""
    production = world.id("production")

    def difference(**query: str) -> str:
        path = f"/branches/{production}/compare_schema"
        diff: str = world.do("GET", path, db_name="shop", **query)["diff"]
        return diff

    assert difference() == ""
    changed = difference(base_timestamp="2026-11-20T10:30:00Z")
    assert "+    shipped boolean DEFAULT false NOT NULL" in changed
    assert [line for line in changed.splitlines() if line.startswith("-    ")] == [
        "-    cents integer NOT NULL"
    ]
    assert difference(base_timestamp=GOOD) == ""


def test_a_new_database_rewinds_like_any_other(world: World) -> None:
    """After a restore to a point before it was made it is not there."""
    production = world.id("production")
    body = {"database": {"name": "billing", "owner_name": "shop_owner"}}
    world.do("POST", f"/branches/{production}/databases", body)
    with psycopg.connect(world.uri("production", "billing")) as connection:
        connection.execute("CREATE TABLE bills ()")
    uri = world.uri("production", "billing")
    world.restore("production", source_timestamp=GOOD, preserve_under_name="old")
    with pytest.raises(psycopg.OperationalError, match='database "billing" does not exist'):
        psycopg.connect(uri)
