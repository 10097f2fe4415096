"""Branches with rows: created, deleted, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.sandbox.postgres.harness import BEFORE_DELETE, ROWS_BEFORE, ROWS_NOW, timestamp_option

if TYPE_CHECKING:
    from tests.sandbox.postgres.harness import Harness


def test_a_branch_takes_the_head_or_a_point_of_its_parent(harness: Harness) -> None:
    """The rows are the parent's at that point; neither branch sees the other's later changes."""
    harness.create("head")
    harness.create("earlier", parent_timestamp=BEFORE_DELETE)
    lsn = harness.query("production", "SELECT pg_current_wal_insert_lsn()::text")
    harness.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    harness.create("exact", parent_lsn=lsn)
    harness.run("head", "DELETE FROM customers WHERE id > 30", "shop")
    assert harness.rows("head") == ROWS_NOW
    assert harness.rows("earlier") == ROWS_BEFORE
    assert harness.rows("exact") == ROWS_NOW
    assert harness.query("production", "SELECT count(*) FROM customers") == 40


def test_a_branch_of_a_branch_goes_on_from_there(harness: Harness) -> None:
    """The second branch has the commits of the first up to then, and none of its later ones."""
    harness.create("first", parent_timestamp=BEFORE_DELETE)
    harness.run("first", "DELETE FROM orders WHERE id <= 50")
    harness.create("second", parent_id=harness.id("first"))
    harness.run("first", "DELETE FROM orders")
    assert harness.rows("second") == (700, 2400)


def test_a_branch_without_a_compute_can_be_restored_from(harness: Harness) -> None:
    """Such a branch is only a reference to a timeline, and gets no server."""
    harness.create("kept", compute=False)
    harness.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    harness.restore("production", "kept", preserve_under_name="old")
    assert harness.rows("production") == ROWS_NOW
    assert harness.storage.socket_of(harness.id("kept")) is None


def test_a_branch_without_a_compute_can_be_written_to(harness: Harness) -> None:
    """The sandbox starts a server for the commit."""
    harness.create("kept", compute=False)
    harness.sandbox.commit("kept", "shop", "INSERT INTO orders SELECT 1, 1, 100")
    harness.restore("production", "kept", preserve_under_name="old")
    assert harness.query("production", "SELECT count(*) FROM orders") == 1


def test_a_deleted_branch_leaves_its_history_to_others(harness: Harness) -> None:
    """A branch restored from it keeps all rows, while connections to the deleted one fail."""
    harness.create("first", parent_timestamp=BEFORE_DELETE)
    harness.run("first", "DELETE FROM orders WHERE id <= 50")
    first = harness.id("first")
    harness.restore("production", "first", preserve_under_name="old")
    uri = harness.uri("first")
    harness.do("DELETE", f"/branches/{first}")
    assert harness.rows("production") == (700, 2400)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(uri)
    with pytest.raises(KeyError):
        harness.storage.socket_of(first)


def test_a_schema_only_branch_has_tables_without_rows(harness: Harness) -> None:
    """Sequences start anew, and the branch's history shows no rows either."""
    harness.run("production", "CREATE TABLE notes (id serial, text text)")
    harness.run("production", "INSERT INTO notes (text) VALUES ('x')")
    harness.run("production", "CREATE MATERIALIZED VIEW named AS SELECT name FROM customers")
    harness.create("empty", init_source="schema-only")
    assert harness.rows("empty") == (0, 0)
    assert harness.query("empty", "SELECT count(*) FROM customers") == 0
    assert harness.query(
        "empty", "SELECT relispopulated FROM pg_class WHERE relname = 'named'"
    ) is (False)
    assert harness.query("empty", "INSERT INTO notes (text) VALUES ('y') RETURNING id") == 1
    assert harness.rows("empty", timestamp_option(harness.sandbox.branch("empty").created_at)) == (
        0,
        0,
    )


def test_schemas_are_compared_as_postgres_writes_them(harness: Harness) -> None:
    """The comparison works at the head and in the past, and is empty without a difference."""
    production = harness.id("production")

    def difference(**query: str) -> str:
        path = f"/branches/{production}/compare_schema"
        diff: str = harness.do("GET", path, db_name="shop", **query)["diff"]
        return diff

    assert difference() == ""
    changed = difference(base_timestamp="2026-11-20T10:30:00Z")
    assert "+    shipped boolean DEFAULT false NOT NULL" in changed
    assert [line for line in changed.splitlines() if line.startswith("-    ")] == [
        "-    cents integer NOT NULL"
    ]
    assert difference(base_timestamp=BEFORE_DELETE) == ""


def test_a_new_database_rewinds_like_any_other(harness: Harness) -> None:
    """A restore to a point before its creation removes it."""
    production = harness.id("production")
    body = {"database": {"name": "billing", "owner_name": "shop_owner"}}
    harness.do("POST", f"/branches/{production}/databases", body)
    with psycopg.connect(harness.uri("production", "billing")) as connection:
        connection.execute("CREATE TABLE bills ()")
    uri = harness.uri("production", "billing")
    harness.restore("production", source_timestamp=BEFORE_DELETE, preserve_under_name="old")
    with pytest.raises(psycopg.OperationalError, match='database "billing" does not exist'):
        psycopg.connect(uri)
