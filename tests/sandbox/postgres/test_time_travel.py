"""Time Travel: ephemeral computes that start with the first connection and stop when idle."""

import select
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest import mock

import psycopg
import pytest

from neon_sandbox.model import rules, time_travel
from neon_sandbox.points import write_instant
from neon_sandbox.scenario import instant
from tests.sandbox.cli.process import TIMEOUT, eventually
from tests.sandbox.postgres.harness import BEFORE_DELETE, ONE_ORDER, Harness, Rows, live_harness

STAMP = f"neon_timestamp:{BEFORE_DELETE}"
STARTED = [("create_branch", "finished"), ("start_compute", "finished")]
STOPPED = [("suspend_compute", "finished"), ("delete_timeline", "finished")]


def test_a_timestamp_shows_the_last_commit_before_it(shared_sandbox: Harness) -> None:
    """Every database shows it, the branch itself is at its head, and a child has its own past."""
    assert shared_sandbox.rows("production", STAMP) == Rows.BEFORE
    assert shared_sandbox.rows("production") == Rows.NOW
    assert shared_sandbox.rows("development", STAMP) == Rows.OF_DEVELOPMENT


def test_an_lsn_shows_the_same_as_its_time(shared_sandbox: Harness) -> None:
    """The storage knows the LSN at which the commit ended."""
    lsn = shared_sandbox.locate("production", instant("12:15:00")).lsn
    assert shared_sandbox.rows("production", f"neon_lsn:{lsn}") == (700, 1000)


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM orders", "CREATE TABLE notes ()", "SET transaction_read_only = off"],
)
def test_the_past_cannot_be_written_to(shared_sandbox: Harness, statement: str) -> None:
    """The errors come from Postgres."""
    with (
        psycopg.connect(shared_sandbox.uri("production", past=STAMP)) as connection,
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
def test_a_point_that_cannot_be_had(shared_sandbox: Harness, past: str, message: str) -> None:
    """The connection fails with the error that a restore would return."""
    with pytest.raises(psycopg.OperationalError, match=message):
        psycopg.connect(shared_sandbox.uri("production", past=past))


def test_other_options_reach_the_server(shared_sandbox: Harness) -> None:
    """Only Neon's options are removed."""
    past = f"-c statement_timeout=4321 {STAMP} endpoint=ep-x -c work_mem=128kB"
    with psycopg.connect(shared_sandbox.uri("production"), options=past) as connection:
        assert connection.execute("SHOW statement_timeout").fetchone() == ("4321ms",)
        assert connection.execute("SHOW work_mem").fetchone() == ("128kB",)
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (750,)


def test_a_change_right_behind_a_point_holds_no_lock_there(harness: Harness) -> None:
    """The change's first record is not replayed, because it would lock a table for ever."""
    with psycopg.connect(harness.uri("production"), autocommit=True) as connection:
        connection.execute(ONE_ORDER)
        row = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
        connection.execute("ALTER TABLE orders DROP COLUMN cents")
    assert row is not None
    options = f"-c statement_timeout=2s neon_lsn:{row[0]}"
    with psycopg.connect(harness.uri("production"), options=options) as past:
        assert past.execute("SELECT sum(cents) FROM orders").fetchone() == (100,)


def test_eight_points_at_once(shared_sandbox: Harness) -> None:
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
        return int(shared_sandbox.query("production", "SELECT count(*) FROM orders", past=past))

    with ThreadPoolExecutor(len(points)) as pool:
        assert dict(zip(points, pool.map(orders, points), strict=True)) == points


def test_points_at_once_are_bounded(harness: Harness) -> None:
    """A compute that runs is shared beyond the limit too, and one that stops makes room."""
    uri = harness.uri("production", past=STAMP)
    with mock.patch.object(rules, "MOST_EPHEMERAL", 1), psycopg.connect(uri):
        psycopg.connect(uri).close()
        with pytest.raises(psycopg.OperationalError, match="FATAL:  You have exceeded the limit"):
            harness.query("development", "SELECT 1", past=STAMP)
        with harness.sandbox.api.lock:
            time_travel.stop_all(harness.sandbox.model, harness.sandbox.branch("production"))
        assert harness.query("development", "SELECT 1", past=STAMP) == 1


def test_connections_to_one_point_share_a_compute(harness: Harness) -> None:
    branches = harness.do("GET", "/branches")["branches"]
    before = harness.actions(100)
    assert harness.rows("production", STAMP) == Rows.BEFORE
    assert harness.rows("production", "neon_timestamp:2026-11-20T14:30:30Z") == Rows.BEFORE
    assert harness.do("GET", "/branches")["branches"] == branches
    assert harness.actions(100)[len(before) :] == STARTED


def test_a_compute_goes_after_its_last_query() -> None:
    with live_harness(ephemeral_idle_timeout=timedelta(seconds=1)) as harness:
        with psycopg.connect(harness.uri("production", past=STAMP)) as connection:
            # Longer than the idle timeout: a compute with a running query is not idle.
            connection.execute("SELECT pg_sleep(1.6)")
            # Wait until the server closes the connection.
            assert select.select([connection], [], [], TIMEOUT)[0]
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        eventually(lambda: harness.actions(1) == STOPPED[1:], "its operations do not end")
        assert harness.actions(4) == STARTED + STOPPED
        assert harness.sandbox.model.ephemeral_computes() == []
        assert harness.rows("production", STAMP) == Rows.BEFORE


def test_an_error_does_not_end_the_background_work(capsys: pytest.CaptureFixture[str]) -> None:
    """The error is printed once, and idle computes still stop once it is over."""
    with live_harness(ephemeral_idle_timeout=timedelta(seconds=0.5)) as harness:
        error = OSError("no room left")
        with mock.patch.object(harness.sandbox.model, "tick", side_effect=error) as fails:
            eventually(lambda: fails.call_count >= 3, "it is not tried again")
        assert harness.rows("production", STAMP) == Rows.BEFORE
        # By the background work alone: nothing asks the API, which would do it too.
        eventually(lambda: not harness.sandbox.model.ephemeral, "the compute does not stop")
    assert capsys.readouterr().err.count("OSError: no room left") == 1


def test_the_past_is_there_before_and_after_restores(harness: Harness) -> None:
    """After a restore, a branch has the past of its source."""
    harness.rewind("2026-11-20T12:30:00Z")
    harness.run("production", "DELETE FROM orders WHERE id > 100")
    assert harness.rows("production") == (100, 1000)
    assert harness.rows("production", "neon_timestamp:2026-11-20T10:00:00Z") == (400, 1000)
    assert harness.rows("production", STAMP) == (700, 1000)
    harness.restore("production", "old", preserve_under_name="newer")
    assert harness.rows("production", STAMP) == Rows.BEFORE


def test_a_visit_survives_a_restore_of_its_branch(harness: Harness) -> None:
    """An ephemeral compute shows a fixed point, which a restore does not change."""
    with psycopg.connect(harness.uri("production", past=STAMP)) as connection:
        connection.execute("SELECT 1")
        harness.restore("production", "development", preserve_under_name="old")
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (750,)
    assert harness.rows("production") == Rows.OF_DEVELOPMENT


def test_a_deleted_branch_takes_its_visits_along(harness: Harness) -> None:
    harness.create("short-lived")
    created_at = write_instant(harness.sandbox.branch("short-lived").created_at)
    uri = harness.uri("short-lived", past=f"neon_timestamp:{created_at}")
    with psycopg.connect(uri) as connection:
        connection.execute("SELECT 1")
        harness.do("DELETE", f"/branches/{harness.id('short-lived')}")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
