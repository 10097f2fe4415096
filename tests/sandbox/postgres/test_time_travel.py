"""Time travel: computes on the past that come with the first connection and go by themselves."""

from __future__ import annotations

import select
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from neon_sandbox.scenario import instant
from tests.sandbox.cli.started import PATIENCE, eventually
from tests.sandbox.postgres.world import BEFORE, DEVELOPED, GOOD, NOW, live_world, stamp

if TYPE_CHECKING:
    from tests.sandbox.postgres.world import World

STAMP = f"neon_timestamp:{GOOD}"


def test_a_timestamp_shows_the_last_commit_before_it(standing: World) -> None:
    """In every database, while the branch itself goes on."""
    assert standing.rows("production", STAMP) == BEFORE
    assert standing.rows("production") == NOW


def test_an_lsn_shows_the_same_as_its_time(standing: World) -> None:
    """The storage knows where the commit ended."""
    place = standing.storage.locate(standing.id("production"), instant("12:15:00"))
    assert place is not None
    assert standing.rows("production", f"neon_lsn:{place.lsn}") == (700, 1000)


def test_a_child_branch_has_a_past_of_its_own(standing: World) -> None:
    """From its creation on."""
    assert standing.rows("development", STAMP) == DEVELOPED


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM orders", "CREATE TABLE notes ()", "SET transaction_read_only = off"],
)
def test_the_past_cannot_be_written_to(standing: World, statement: str) -> None:
    """The errors are Postgres' own."""
    with (
        psycopg.connect(standing.uri("production", past=STAMP)) as connection,
        pytest.raises(psycopg.Error, match=r"read-only|during recovery"),
    ):
        connection.execute(statement.encode())


@pytest.mark.parametrize(
    ("past", "message"),
    [
        ("neon_timestamp:2026-11-20T07:00:00Z", "outside the history window"),
        ("neon_timestamp:2026-11-21T00:00:00Z", "in the future"),
        ("neon_timestamp:yesterday", "invalid point in time: yesterday"),
        ("neon_lsn:FF/FF", "past the end of the branch's history"),
        ("neon_lsn:here", "invalid point in time: here"),
        ("neon_lsn:", "invalid point in time"),
    ],
)
def test_a_point_that_cannot_be_had(standing: World, past: str, message: str) -> None:
    """The connection ends with the error that a restore would be answered with."""
    with pytest.raises(psycopg.OperationalError, match=message):
        psycopg.connect(standing.uri("production", past=past))


def test_other_options_reach_the_server(standing: World) -> None:
    """The words that are Neon's are taken out."""
    past = f"-c statement_timeout=4321 {STAMP} endpoint=ep-x -c work_mem=128kB"
    with psycopg.connect(standing.uri("production"), options=past) as connection:
        assert connection.execute("SHOW statement_timeout").fetchone() == ("4321ms",)
        assert connection.execute("SHOW work_mem").fetchone() == ("128kB",)
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (750,)


def test_a_change_right_behind_a_point_holds_no_lock_there(world: World) -> None:
    """Its first record is not replayed, which would lock a table for ever."""
    with psycopg.connect(world.uri("production"), autocommit=True) as connection:
        connection.execute("INSERT INTO orders SELECT 1, 1, 100")
        row = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
        connection.execute("ALTER TABLE orders DROP COLUMN cents")
    assert row is not None
    with psycopg.connect(
        world.uri("production"), options=f"-c statement_timeout=2s neon_lsn:{row[0]}"
    ) as past:
        assert past.execute("SELECT sum(cents) FROM orders").fetchone() == (100,)


def test_eight_points_at_once(standing: World) -> None:
    """Each shows its own rows."""
    points = {
        "09:10:00": 0,
        "09:40:00": 400,
        "10:30:00": 400,
        "11:30:00": 400,
        "12:20:00": 700,
        "13:30:00": 700,
        "14:30:30": 750,
        "14:32:00": 0,
    }

    def orders(time_of_day: str) -> int:
        past = f"neon_timestamp:2026-11-20T{time_of_day}Z"
        found: int = standing.query("production", "SELECT count(*) FROM orders", past=past)
        return found

    with ThreadPoolExecutor(len(points)) as pool:
        assert dict(zip(points, pool.map(orders, points), strict=True)) == points


def test_connections_to_one_point_share_a_compute(world: World) -> None:
    """It is not listed as a branch, and came with two operations."""
    branches = world.do("GET", "/branches")["branches"]
    before = world.actions(100)
    assert world.rows("production", STAMP) == BEFORE
    assert world.rows("production", "neon_timestamp:2026-11-20T14:30:30Z") == BEFORE
    assert world.do("GET", "/branches")["branches"] == branches
    assert world.actions(100)[len(before) :] == [
        ("create_branch", "finished"),
        ("start_compute", "finished"),
    ]


def test_a_compute_goes_after_its_last_query() -> None:
    """Its connections break, its operations are four, and the next connection starts another."""
    with live_world(ephemeral_idle_timeout=timedelta(seconds=1)) as world:
        with psycopg.connect(world.uri("production", past=STAMP)) as connection:
            # Longer than the idle time: a query at work is no idleness.
            connection.execute("SELECT pg_sleep(1.6)")
            # Until the other side ends it.
            assert select.select([connection], [], [], PATIENCE)[0]
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        eventually(
            lambda: world.newest_operation() == ("delete_timeline", "finished"),
            "its operations do not end",
        )
        assert world.actions(4) == [
            ("create_branch", "finished"),
            ("start_compute", "finished"),
            ("suspend_compute", "finished"),
            ("delete_timeline", "finished"),
        ]
        assert world.sandbox.model.ephemeral_computes() == []
        assert world.rows("production", STAMP) == BEFORE


def test_the_past_is_there_before_and_after_restores(world: World) -> None:
    """After a restore a branch has the past that its source had."""
    world.restore("production", source_timestamp="2026-11-20T12:30:00Z", preserve_under_name="old")
    world.run("production", "DELETE FROM orders WHERE id > 100")
    assert world.rows("production") == (100, 1000)
    assert world.rows("production", "neon_timestamp:2026-11-20T10:00:00Z") == (400, 1000)
    assert world.rows("production", STAMP) == (700, 1000)
    world.restore("production", "old", preserve_under_name="newer")
    assert world.rows("production", STAMP) == BEFORE


def test_a_visit_survives_a_restore_of_its_branch(world: World) -> None:
    """It shows a point, and the point has not changed."""
    with psycopg.connect(world.uri("production", past=STAMP)) as connection:
        connection.execute("SELECT 1")
        world.restore("production", "development", preserve_under_name="old")
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (750,)
    assert world.rows("production") == DEVELOPED


def test_a_deleted_branch_takes_its_visits_along(world: World) -> None:
    """Their connections break."""
    world.create("short-lived")
    past = stamp(world.sandbox.branch("short-lived").created_at)
    with psycopg.connect(world.uri("short-lived", past=past)) as connection:
        connection.execute("SELECT 1")
        world.do("DELETE", f"/branches/{world.id('short-lived')}")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
