"""Restores and their effect on rows."""

from datetime import timedelta

import psycopg
import pytest

from neon_sandbox.points import write_instant
from tests.sandbox.harness import BEFORE_DELETE, PRODUCTION, REWIND
from tests.sandbox.postgres.harness import ONE_ORDER, Harness, Rows


def test_the_incident_has_its_rows(shared_sandbox: Harness) -> None:
    assert shared_sandbox.rows("production") == Rows.NOW
    assert shared_sandbox.rows("development") == Rows.OF_DEVELOPMENT
    assert shared_sandbox.query("production", "SELECT count(*) FROM customers") == 40


def test_a_restore_rewinds_every_database(harness: Harness) -> None:
    """Both show the last commit at or before the timestamp, and the address is unchanged.

    The commits between the point and the restore are in the backup branch only.
    """
    address = harness.uri("production")
    harness.rewind()
    assert harness.uri("production") == address
    assert harness.rows("production") == Rows.BEFORE
    assert harness.rows("production", "neon_timestamp:2026-11-20T14:35:00Z") == Rows.BEFORE
    restored = harness.do("GET", f"/branches/{PRODUCTION}")["branch"]
    assert restored["parent_timestamp"] == "2026-11-20T14:30:00Z"


def test_a_restore_to_an_lsn_is_a_restore_to_its_commit(harness: Harness) -> None:
    """A client can read its LSN before changes; sequences and definitions are restored too."""
    harness.run("production", "CREATE TABLE notes (id serial, text text)")
    harness.run("production", "INSERT INTO notes (text) SELECT 'x' FROM generate_series(1, 5)")
    harness.run("production", ONE_ORDER)
    lsn = harness.query("production", "SELECT pg_current_wal_insert_lsn()::text")
    harness.run("production", "ALTER TABLE orders DROP COLUMN cents")
    harness.run("production", "INSERT INTO notes (text) SELECT 'y' FROM generate_series(1, 500)")
    harness.run("production", "DROP TABLE notes")
    harness.restore("production", source_lsn=lsn, preserve_under_name="old")
    assert harness.query("production", "SELECT sum(cents) FROM orders") == 100
    # Postgres logs a sequence 32 values ahead, and a recovered sequence continues after those.
    harness.run("production", "INSERT INTO notes (text) VALUES ('z')")
    assert 6 <= harness.query("production", "SELECT max(id) FROM notes") <= 38


def test_a_restore_can_be_restored_again_and_rolled_back(harness: Harness) -> None:
    """Each backup branch holds the rows from before its restore, also those since the last one."""
    harness.rewind(preserve_as="first")
    harness.run("production", "DELETE FROM orders WHERE id > 100")
    harness.rewind("2026-11-20T12:30:00Z", "second")
    assert harness.rows("production") == (700, 1000)
    harness.restore("production", "second", preserve_under_name="third")
    assert harness.rows("production") == (100, 2400)
    harness.restore("production", "first", preserve_under_name="fourth")
    assert harness.rows("production") == Rows.NOW
    harness.restore("production", "third", preserve_under_name="fifth")
    assert harness.rows("production") == (700, 1000)


def test_a_child_takes_the_head_of_its_parent(harness: Harness) -> None:
    """The parent's compute runs meanwhile, as in a reset."""
    harness.run("production", ONE_ORDER)
    harness.restore("development", "production")
    assert harness.rows("development") == (1, 2500)


def test_what_a_client_commits_is_a_point_in_time(harness: Harness) -> None:
    """The model's time of a commit comes from its WAL record."""
    harness.run("production", ONE_ORDER)
    between = harness.sandbox.clock.now()
    harness.run("production", "INSERT INTO orders SELECT 2, 1, 100")
    harness.rewind(write_instant(between))
    assert harness.query("production", "SELECT count(*) FROM orders") == 1
    taken_from = harness.sandbox.branch("production").parent_position
    assert taken_from is not None
    assert timedelta() < between - taken_from.time < timedelta(seconds=5)


def test_a_restore_drops_connections_and_lets_them_back(harness: Harness) -> None:
    """The error is Postgres' own for a shutdown, and another branch's connections stay."""
    with (
        psycopg.connect(harness.uri("production")) as dropped,
        psycopg.connect(harness.uri("development")) as kept,
    ):
        dropped.execute("SELECT 1")
        kept.execute("SELECT 1")
        harness.rewind()
        with pytest.raises(psycopg.OperationalError) as broken:
            dropped.execute("SELECT 1")
        assert broken.value.sqlstate in {"57P01", None}
        kept.execute("SELECT 1")
    assert harness.rows("production") == Rows.BEFORE


def test_a_connection_during_a_restore_waits_for_it(harness: Harness) -> None:
    uri = harness.uri("production")
    assert harness.ask("POST", f"/branches/{PRODUCTION}/restore", REWIND).is_success
    with psycopg.connect(uri) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (750,)


def test_what_was_not_committed_is_not_restored(harness: Harness) -> None:
    with psycopg.connect(harness.uri("production")) as open_one:
        open_one.execute(ONE_ORDER)
        harness.run("production", "INSERT INTO orders SELECT 2, 1, 100")
        harness.restore("production", "development", preserve_under_name="old")
        with pytest.raises(psycopg.OperationalError):
            open_one.execute("SELECT 1")
    harness.restore("production", "old", preserve_under_name="older")
    assert harness.query("production", "SELECT min(id) FROM orders") == 2


def test_roles_and_passwords_stay(harness: Harness) -> None:
    """The branch keeps its current roles, even those newer than the point in time."""
    body = {"role": {"name": 'an "odd" one'}}
    role = harness.do("POST", f"/branches/{PRODUCTION}/roles", body)["role"]
    harness.rewind()
    login = {"user": role["name"], "password": role["password"]}
    with psycopg.connect(harness.uri("production"), **login) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ('an "odd" one',)


def test_twenty_restores_in_a_row(harness: Harness) -> None:
    points = {
        BEFORE_DELETE: Rows.BEFORE,
        "2026-11-20T09:40:00Z": (400, 0),
        "2026-11-20T12:30:00Z": (700, 1000),
        "2026-11-20T13:30:00Z": (700, 2400),
    }
    harness.rewind(preserve_as="way-back")
    for number, (stamp, rows) in enumerate(list(points.items()) * 5):
        past = {"source_timestamp": stamp, "preserve_under_name": f"old-{number}"}
        harness.restore("production", "way-back", **past)
        assert harness.rows("production") == rows
    harness.restore("production", "way-back", preserve_under_name="last")
    assert harness.rows("production") == Rows.NOW
