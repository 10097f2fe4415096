"""Restores and their effect on rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.sandbox.postgres.harness import BEFORE_DELETE, ROWS_BEFORE, ROWS_NOW, ROWS_OF_DEVELOPMENT

if TYPE_CHECKING:
    from tests.sandbox.postgres.harness import Harness


def test_the_incident_has_its_rows(shared_sandbox: Harness) -> None:
    """The orders are deleted, all events are there, and development is unchanged."""
    assert shared_sandbox.rows("production") == ROWS_NOW
    assert shared_sandbox.rows("development") == ROWS_OF_DEVELOPMENT
    assert shared_sandbox.query("production", "SELECT count(*) FROM customers") == 40


def test_a_restore_rewinds_every_database(harness: Harness) -> None:
    """Both show the last commit at or before the timestamp, and the address is unchanged."""
    address = harness.uri("production")
    branch = harness.restore(
        "production", source_timestamp=BEFORE_DELETE, preserve_under_name="old"
    )
    assert harness.uri("production") == address
    assert harness.rows("production") == ROWS_BEFORE
    restored = harness.do("GET", f"/branches/{branch['id']}")["branch"]
    assert restored["parent_timestamp"] == "2026-11-20T14:30:00Z"


def test_a_restore_to_an_lsn_is_a_restore_to_its_commit(harness: Harness) -> None:
    """A client can read its LSN before a change, and the branch can be restored to it."""
    harness.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    lsn = harness.query("production", "SELECT pg_current_wal_insert_lsn()::text")
    harness.run("production", "ALTER TABLE orders DROP COLUMN cents")
    harness.restore("production", source_lsn=lsn, preserve_under_name="old")
    assert harness.query("production", "SELECT sum(cents) FROM orders") == 100


def test_a_restore_can_be_restored_again_and_rolled_back(harness: Harness) -> None:
    """Each backup branch holds the rows from before its restore, also those since the last one."""
    harness.restore("production", source_timestamp=BEFORE_DELETE, preserve_under_name="first")
    harness.run("production", "DELETE FROM orders WHERE id > 100")
    harness.restore(
        "production", source_timestamp="2026-11-20T12:30:00Z", preserve_under_name="second"
    )
    assert harness.rows("production") == (700, 1000)
    harness.restore("production", "second", preserve_under_name="third")
    assert harness.rows("production") == (100, 2400)
    harness.restore("production", "first", preserve_under_name="fourth")
    assert harness.rows("production") == ROWS_NOW
    harness.restore("production", "third", preserve_under_name="fifth")
    assert harness.rows("production") == (700, 1000)


def test_own_history_after_a_restore_shows_the_restored_state(harness: Harness) -> None:
    """The commits between the point and the restore are in the backup branch only."""
    harness.restore("production", source_timestamp=BEFORE_DELETE, preserve_under_name="old")
    past = "neon_timestamp:2026-11-20T14:35:00Z"
    assert harness.rows("production", past) == ROWS_BEFORE


def test_a_child_takes_the_head_of_its_parent(harness: Harness) -> None:
    """The parent's compute runs meanwhile, as in a reset."""
    harness.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    harness.restore("development", "production")
    assert harness.rows("development") == (1, 2500)


def test_what_a_client_commits_is_a_point_in_time(harness: Harness) -> None:
    """The model's time of a commit comes from its WAL record."""
    harness.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    between = harness.sandbox.clock.now()
    harness.run("production", "INSERT INTO orders SELECT 2, 1, 100")
    stamp = between.isoformat().replace("+00:00", "Z")
    harness.restore("production", source_timestamp=stamp, preserve_under_name="old")
    assert harness.query("production", "SELECT count(*) FROM orders") == 1
    taken_from = harness.sandbox.branch("production").parent_position
    assert taken_from is not None
    assert timedelta() < between - taken_from.time < timedelta(seconds=5)


def test_sequences_and_definitions_come_along(harness: Harness) -> None:
    """Everything that Postgres keeps for a database is restored."""
    harness.run("production", "CREATE TABLE notes (id serial, text text)")
    harness.run("production", "INSERT INTO notes (text) SELECT 'x' FROM generate_series(1, 5)")
    lsn = harness.query("production", "SELECT pg_current_wal_insert_lsn()::text")
    harness.run("production", "INSERT INTO notes (text) SELECT 'y' FROM generate_series(1, 500)")
    harness.run("production", "DROP TABLE notes")
    harness.restore("production", source_lsn=lsn, preserve_under_name="old")
    # Postgres logs a sequence 32 values ahead, and a recovered sequence continues after those.
    harness.run("production", "INSERT INTO notes (text) VALUES ('z')")
    assert 6 <= harness.query("production", "SELECT max(id) FROM notes") <= 38


def test_a_restore_drops_connections_and_lets_them_back(harness: Harness) -> None:
    """The error is Postgres' own for a shutdown, and another branch's connections stay."""
    with (
        psycopg.connect(harness.uri("production")) as dropped,
        psycopg.connect(harness.uri("development")) as kept,
    ):
        dropped.execute("SELECT 1")
        kept.execute("SELECT 1")
        harness.restore("production", source_timestamp=BEFORE_DELETE, preserve_under_name="old")
        with pytest.raises(psycopg.OperationalError) as broken:
            dropped.execute("SELECT 1")
        assert broken.value.sqlstate in {"57P01", None}
        kept.execute("SELECT 1")
    assert harness.rows("production") == ROWS_BEFORE


def test_a_connection_during_a_restore_waits_for_it(harness: Harness) -> None:
    """A client that connects after the request sees the restored rows."""
    uri = harness.uri("production")
    body = {
        "source_branch_id": harness.id("production"),
        "source_timestamp": BEFORE_DELETE,
        "preserve_under_name": "old",
    }
    assert harness.ask("POST", f"/branches/{harness.id('production')}/restore", body).is_success
    with psycopg.connect(uri) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (750,)


def test_what_was_not_committed_is_not_restored(harness: Harness) -> None:
    """A transaction that is open at the point is not in the backup branch either."""
    with psycopg.connect(harness.uri("production")) as open_one:
        open_one.execute("INSERT INTO orders SELECT 1, 1, 100")
        harness.run("production", "INSERT INTO orders SELECT 2, 1, 100")
        harness.restore("production", "development", preserve_under_name="old")
        with pytest.raises(psycopg.OperationalError):
            open_one.execute("SELECT 1")
    harness.restore("production", "old", preserve_under_name="older")
    assert harness.query("production", "SELECT min(id) FROM orders") == 2


def test_roles_and_passwords_stay(harness: Harness) -> None:
    """The branch keeps its current roles, even those newer than the point in time."""
    production = harness.id("production")
    role = harness.do("POST", f"/branches/{production}/roles", {"role": {"name": 'an "odd" one'}})[
        "role"
    ]
    harness.restore("production", source_timestamp=BEFORE_DELETE, preserve_under_name="old")
    with psycopg.connect(
        harness.uri("production"), user=role["name"], password=role["password"]
    ) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ('an "odd" one',)


def test_twenty_restores_in_a_row(harness: Harness) -> None:
    """Each restore shows the rows of its point, and a last one undoes them all."""
    points = {
        BEFORE_DELETE: ROWS_BEFORE,
        "2026-11-20T09:40:00Z": (400, 0),
        "2026-11-20T12:30:00Z": (700, 1000),
        "2026-11-20T13:30:00Z": (700, 2400),
    }
    stamps = list(points)
    harness.restore("production", source_timestamp=BEFORE_DELETE, preserve_under_name="way-back")
    for number in range(20):
        stamp = stamps[number % len(stamps)]
        harness.restore(
            "production",
            "way-back",
            source_timestamp=stamp,
            preserve_under_name=f"old-{number}",
        )
        assert harness.rows("production") == points[stamp]
    harness.restore("production", "way-back", preserve_under_name="last")
    assert harness.rows("production") == ROWS_NOW
