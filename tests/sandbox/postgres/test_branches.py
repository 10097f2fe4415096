"""Branches with rows: created, deleted, compared."""

import psycopg
import pytest

from neon_sandbox.points import write_instant
from tests.sandbox.postgres.harness import BEFORE_DELETE, ONE_ORDER, Harness, Rows


def test_a_branch_takes_the_head_or_a_point_of_its_parent(harness: Harness) -> None:
    harness.create("head")
    harness.create("earlier", parent_timestamp=BEFORE_DELETE)
    lsn = harness.query("production", "SELECT pg_current_wal_insert_lsn()::text")
    harness.run("production", ONE_ORDER)
    harness.create("exact", parent_lsn=lsn)
    harness.run("head", "DELETE FROM customers WHERE id > 30")
    assert harness.rows("head") == Rows.NOW
    assert harness.rows("earlier") == Rows.BEFORE
    assert harness.rows("exact") == Rows.NOW
    assert harness.query("production", "SELECT count(*) FROM customers") == 40


def test_a_branch_of_a_branch_goes_on_from_there(harness: Harness) -> None:
    harness.create("first", parent_timestamp=BEFORE_DELETE)
    harness.run("first", "DELETE FROM orders WHERE id <= 50")
    harness.create("second", parent_id=harness.id("first"))
    harness.run("first", "DELETE FROM orders")
    assert harness.rows("second") == (700, 2400)


def test_a_branch_without_a_compute_can_be_restored_from_and_written_to(harness: Harness) -> None:
    """Such a branch is only a reference to a timeline, and gets no server before a commit."""
    harness.create("kept", compute=False)
    harness.run("production", ONE_ORDER)
    harness.restore("production", "kept", preserve_under_name="old")
    assert harness.rows("production") == Rows.NOW
    assert harness.storage.socket_of(harness.id("kept")) is None
    harness.sandbox.commit("kept", "shop", ONE_ORDER)
    harness.restore("production", "kept", preserve_under_name="older")
    assert harness.query("production", "SELECT count(*) FROM orders") == 1


def test_a_deleted_branch_leaves_its_history_to_others(harness: Harness) -> None:
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
    populated = "SELECT relispopulated FROM pg_class WHERE relname = 'named'"
    assert harness.query("empty", populated) is False
    assert harness.query("empty", "INSERT INTO notes (text) VALUES ('y') RETURNING id") == 1
    created_at = write_instant(harness.sandbox.branch("empty").created_at)
    assert harness.rows("empty", f"neon_timestamp:{created_at}") == (0, 0)


def test_schemas_are_compared_as_postgres_writes_them(harness: Harness) -> None:
    def difference(**query: str) -> str:
        path = f"/branches/{harness.id('production')}/compare_schema"
        return str(harness.do("GET", path, db_name="shop", **query)["diff"])

    assert difference() == ""
    changed = difference(base_timestamp="2026-11-20T10:30:00Z")
    assert "+    shipped boolean DEFAULT false NOT NULL" in changed
    assert [line for line in changed.splitlines() if line.startswith("-    ")] == [
        "-    cents integer NOT NULL"
    ]
    assert difference(base_timestamp=BEFORE_DELETE) == ""


def test_a_new_database_rewinds_like_any_other(harness: Harness) -> None:
    body = {"database": {"name": "billing", "owner_name": "shop_owner"}}
    harness.do("POST", f"/branches/{harness.id('production')}/databases", body)
    harness.run("production", "CREATE TABLE bills ()", "billing")
    uri = harness.uri("production", "billing")
    harness.rewind()
    with pytest.raises(psycopg.OperationalError, match='database "billing" does not exist'):
        psycopg.connect(uri)
