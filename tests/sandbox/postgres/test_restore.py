"""Restores, and what they do to rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.sandbox.postgres.world import BEFORE, DEVELOPED, GOOD, NOW

if TYPE_CHECKING:
    from tests.sandbox.postgres.world import World


def test_the_incident_has_its_rows(standing: World) -> None:
    """The orders are gone, the events are all there, and development is where it was."""
    assert standing.rows("production") == NOW
    assert standing.rows("development") == DEVELOPED
    assert standing.query("production", "SELECT count(*) FROM customers") == 40


def test_a_restore_rewinds_every_database(world: World) -> None:
    """To the last commit at or before the timestamp, at the address that the branch had."""
    address = world.uri("production")
    branch = world.restore("production", source_timestamp=GOOD, preserve_under_name="old")
    assert world.uri("production") == address
    assert world.rows("production") == BEFORE
    restored = world.do("GET", f"/branches/{branch['id']}")["branch"]
    assert restored["parent_timestamp"] == "2026-11-20T14:30:00Z"


def test_a_restore_to_an_lsn_is_a_restore_to_its_commit(world: World) -> None:
    """What a client read as its own position before a change is a point to come back to."""
    world.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    lsn = world.query("production", "SELECT pg_current_wal_insert_lsn()::text")
    world.run("production", "ALTER TABLE orders DROP COLUMN cents")
    world.restore("production", source_lsn=lsn, preserve_under_name="old")
    assert world.query("production", "SELECT sum(cents) FROM orders") == 100


def test_a_restore_can_be_restored_again_and_rolled_back(world: World) -> None:
    """Each backup holds what the branch held before its restore, rows written since included."""
    world.restore("production", source_timestamp=GOOD, preserve_under_name="first")
    world.run("production", "DELETE FROM orders WHERE id > 100")
    world.restore(
        "production", source_timestamp="2026-11-20T12:30:00Z", preserve_under_name="second"
    )
    assert world.rows("production") == (700, 1000)
    world.restore("production", "second", preserve_under_name="third")
    assert world.rows("production") == (100, 2400)
    world.restore("production", "first", preserve_under_name="fourth")
    assert world.rows("production") == NOW
    world.restore("production", "third", preserve_under_name="fifth")
    assert world.rows("production") == (700, 1000)


def test_own_history_after_a_restore_shows_the_restored_state(world: World) -> None:
    """Not what happened between the point and the restore; the backup has that."""
    world.restore("production", source_timestamp=GOOD, preserve_under_name="old")
    past = "neon_timestamp:2026-11-20T14:35:00Z"
    assert world.rows("production", past) == BEFORE


def test_a_child_takes_the_head_of_its_parent(world: World) -> None:
    """As a reset does, from a branch whose compute runs."""
    world.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    world.restore("development", "production")
    assert world.rows("development") == (1, 2500)


def test_what_a_client_commits_is_a_point_in_time(world: World) -> None:
    """The model's time of a commit comes from the commit itself."""
    world.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    between = world.sandbox.clock.now()
    world.run("production", "INSERT INTO orders SELECT 2, 1, 100")
    stamp = between.isoformat().replace("+00:00", "Z")
    world.restore("production", source_timestamp=stamp, preserve_under_name="old")
    assert world.query("production", "SELECT count(*) FROM orders") == 1
    taken_from = world.sandbox.branch("production").parent_position
    assert taken_from is not None
    assert timedelta() < between - taken_from.time < timedelta(seconds=5)


def test_sequences_and_definitions_come_along(world: World) -> None:
    """Whatever Postgres keeps for a database is back as it was."""
    world.run("production", "CREATE TABLE notes (id serial, text text)")
    world.run("production", "INSERT INTO notes (text) SELECT 'x' FROM generate_series(1, 5)")
    lsn = world.query("production", "SELECT pg_current_wal_insert_lsn()::text")
    world.run("production", "INSERT INTO notes (text) SELECT 'y' FROM generate_series(1, 500)")
    world.run("production", "DROP TABLE notes")
    world.restore("production", source_lsn=lsn, preserve_under_name="old")
    # Postgres logs a sequence 32 values ahead, and a recovery goes on behind those.
    world.run("production", "INSERT INTO notes (text) VALUES ('z')")
    assert 6 <= world.query("production", "SELECT max(id) FROM notes") <= 38


def test_a_restore_drops_connections_and_lets_them_back(world: World) -> None:
    """The error is Postgres' own for a shutdown, and another branch's connections stay."""
    with (
        psycopg.connect(world.uri("production")) as dropped,
        psycopg.connect(world.uri("development")) as kept,
    ):
        dropped.execute("SELECT 1")
        kept.execute("SELECT 1")
        world.restore("production", source_timestamp=GOOD, preserve_under_name="old")
        with pytest.raises(psycopg.OperationalError) as broken:
            dropped.execute("SELECT 1")
        assert broken.value.sqlstate in {"57P01", None}
        kept.execute("SELECT 1")
    assert world.rows("production") == BEFORE


def test_a_connection_during_a_restore_waits_for_it(world: World) -> None:
    """Whoever connects after the request sees what the request asked for."""
    uri = world.uri("production")
    body = {
        "source_branch_id": world.id("production"),
        "source_timestamp": GOOD,
        "preserve_under_name": "old",
    }
    assert world.ask("POST", f"/branches/{world.id('production')}/restore", body).is_success
    with psycopg.connect(uri) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (750,)


def test_what_was_not_committed_is_not_restored(world: World) -> None:
    """A transaction that is open at the point has not happened, nor is it in the backup."""
    with psycopg.connect(world.uri("production")) as open_one:
        open_one.execute("INSERT INTO orders SELECT 1, 1, 100")
        world.run("production", "INSERT INTO orders SELECT 2, 1, 100")
        world.restore("production", "development", preserve_under_name="old")
        with pytest.raises(psycopg.OperationalError):
            open_one.execute("SELECT 1")
    world.restore("production", "old", preserve_under_name="older")
    assert world.query("production", "SELECT min(id) FROM orders") == 2


def test_roles_and_passwords_stay(world: World) -> None:
    """Those that the branch has now, though the point is older than they are."""
    production = world.id("production")
    role = world.do("POST", f"/branches/{production}/roles", {"role": {"name": 'an "odd" one'}})[
        "role"
    ]
    world.restore("production", source_timestamp=GOOD, preserve_under_name="old")
    with psycopg.connect(
        world.uri("production"), user=role["name"], password=role["password"]
    ) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ('an "odd" one',)


def test_twenty_restores_in_a_row(world: World) -> None:
    """Each of them finds the rows of its own point, and the way back is there at the end."""
    points = {
        GOOD: BEFORE,
        "2026-11-20T09:40:00Z": (400, 0),
        "2026-11-20T12:30:00Z": (700, 1000),
        "2026-11-20T13:30:00Z": (700, 2400),
    }
    stamps = list(points)
    world.restore("production", source_timestamp=GOOD, preserve_under_name="way-back")
    for number in range(20):
        stamp = stamps[number % len(stamps)]
        world.restore(
            "production",
            "way-back",
            source_timestamp=stamp,
            preserve_under_name=f"old-{number}",
        )
        assert world.rows("production") == points[stamp]
    world.restore("production", "way-back", preserve_under_name="last")
    assert world.rows("production") == NOW
