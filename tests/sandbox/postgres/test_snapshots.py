"""Restores from snapshots and their effect on rows."""

from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from neon_sandbox.points import write_instant
from tests.sandbox.postgres.harness import BEFORE_DELETE, ONE_ORDER, Harness, Rows, stepped_harness


def snapshot(harness: Harness, **query: str) -> str:
    """Take a snapshot of production and return its id."""
    path = f"/branches/{harness.id('production')}/snapshot"
    return str(harness.do("POST", path, **query)["snapshot"]["id"])


def restore(harness: Harness, taken: str, **body: Any) -> Any:
    """Restore a snapshot onto production, by default in one step."""
    body = one_step(harness) | body
    return harness.do("POST", f"/snapshots/{taken}/restore", body)["branch"]


def one_step(harness: Harness) -> dict[str, Any]:
    """Return the body of a restore onto production in one step."""
    return {"target_branch_id": harness.id("production"), "finalize_restore": True}


def finalize(harness: Harness, preview: Any) -> None:
    """Let a preview branch take production's place."""
    harness.do("POST", f"/branches/{preview['id']}/finalize_restore")


def test_one_step_brings_the_rows_to_the_same_address(harness: Harness) -> None:
    address = harness.uri("production")
    restore(harness, snapshot(harness, timestamp=BEFORE_DELETE))
    assert harness.uri("production") == address
    assert harness.rows("production") == Rows.BEFORE
    harness.run("production", "DELETE FROM orders WHERE id > 100")
    assert harness.rows("production") == (100, 2400)


def test_what_was_written_after_the_snapshot_is_on_the_old_branch(harness: Harness) -> None:
    """An instant restore from the head of the old branch brings it back."""
    taken = snapshot(harness)
    harness.run("production", "INSERT INTO orders SELECT n, 1, 100 FROM generate_series(1, 7) AS n")
    restore(harness, taken)
    assert harness.rows("production") == Rows.NOW
    harness.restore("production", "production (old)", preserve_under_name="undone")
    assert harness.rows("production") == (7, 2500)


def test_a_snapshot_outlives_its_branch(harness: Harness) -> None:
    """A restore does not need the files of the deleted branch."""
    harness.run("production", ONE_ORDER)
    first, second = snapshot(harness, timestamp=BEFORE_DELETE), snapshot(harness)
    harness.run("production", "INSERT INTO orders SELECT 2, 1, 100")
    restore(harness, first)
    harness.restore("development", "production")
    harness.do("DELETE", f"/branches/{harness.id('development')}")
    harness.do("DELETE", f"/branches/{harness.id('production (old)')}")
    restore(harness, second)
    assert harness.rows("production") == (1, 2500)


def test_a_preview_is_read_and_then_takes_the_place(harness: Harness) -> None:
    taken = snapshot(harness, timestamp=BEFORE_DELETE)
    preview = restore(harness, taken, finalize_restore=False, name="look")
    assert harness.rows("look") == Rows.BEFORE
    assert harness.rows("production") == Rows.NOW
    harness.run("look", "DELETE FROM orders WHERE id > 500")
    finalize(harness, preview)
    assert harness.id("production") == preview["id"]
    assert harness.rows("production") == (500, 2400)
    harness.restore("production", "production (old)", preserve_under_name="undone")
    assert harness.rows("production") == Rows.NOW


@pytest.mark.parametrize("preview", [False, True])
def test_connections_drop_and_come_back(harness: Harness, preview: bool) -> None:
    """Connections to the replaced branch and to the preview drop; another branch's stay."""
    taken = snapshot(harness, timestamp=BEFORE_DELETE)
    names = ["development", "production"]
    if preview:
        branch = restore(harness, taken, finalize_restore=False, name="look")
        names.append("look")
    with ExitStack() as stack:
        kept, *dropped = [stack.enter_context(psycopg.connect(harness.uri(name))) for name in names]
        if preview:
            finalize(harness, branch)
        else:
            restore(harness, taken)
        for connection in dropped:
            with pytest.raises(psycopg.OperationalError) as raised:
                connection.execute("SELECT 1")
            assert raised.value.sqlstate in {"57P01", None}
        kept.execute("SELECT 1")
    assert harness.rows("production") == Rows.BEFORE


def test_a_connection_during_the_move_waits_for_it(harness: Harness) -> None:
    taken, uri = snapshot(harness, timestamp=BEFORE_DELETE), harness.uri("production")
    assert harness.ask("POST", f"/snapshots/{taken}/restore", one_step(harness)).is_success
    with psycopg.connect(uri) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (750,)


def test_a_role_made_after_the_snapshot_logs_in(harness: Harness) -> None:
    """Roles move with the computes, in one step and with a preview."""
    taken = snapshot(harness, timestamp=BEFORE_DELETE)
    for name, finalized in (("early", True), ("late", False)):
        path = f"/branches/{harness.id('production')}/roles"
        role = harness.do("POST", path, {"role": {"name": name}})["role"]
        login = f"{name}:{role['password']}"
        uri = harness.uri("production").replace("shop_owner:sandbox-password", login)
        branch = restore(harness, taken, finalize_restore=finalized)
        if not finalized:
            finalize(harness, branch)
        with psycopg.connect(uri) as connection:
            assert connection.execute("SELECT count(*) FROM orders").fetchone() == (750,)


def test_a_preview_that_is_deleted_leaves_everything_as_it_was(harness: Harness) -> None:
    """The preview's compute is deleted with it."""
    taken = snapshot(harness, timestamp=BEFORE_DELETE)
    preview = restore(harness, taken, finalize_restore=False)
    harness.do("DELETE", f"/branches/{preview['id']}")
    assert harness.rows("production") == Rows.NOW
    restore(harness, taken)
    assert harness.rows("production") == Rows.BEFORE


def test_a_branch_from_a_snapshot_has_a_history_of_its_own(harness: Harness) -> None:
    """Once it is finalized, it can be restored to a later point in time."""
    restore(harness, snapshot(harness, timestamp=BEFORE_DELETE))
    between = write_instant(harness.sandbox.clock.now())
    harness.run("production", "DELETE FROM orders")
    harness.rewind(between)
    assert harness.rows("production") == Rows.BEFORE


def test_a_move_that_fails_leaves_each_branch_its_rows(harness: Harness) -> None:
    harness.run("production", ONE_ORDER)
    taken = snapshot(harness, timestamp=BEFORE_DELETE)
    failure = harness.failure(f"/snapshots/{taken}/restore", one_step(harness))
    assert failure == ("failed", "no room left")
    harness.restore("development", "production (old)")
    assert harness.rows("development") == (1, 2500)
    restore(harness, taken)
    assert harness.rows("production") == Rows.BEFORE
    harness.restore("production", "production (old)", preserve_under_name="undone")
    assert harness.rows("production") == (1, 2500)


def test_a_branch_whose_server_was_killed_can_be_replaced(harness: Harness) -> None:
    taken = snapshot(harness, timestamp=BEFORE_DELETE)
    harness.run("production", ONE_ORDER)
    harness.kill_server("production")
    restore(harness, taken)
    assert harness.rows("production") == Rows.BEFORE
    harness.restore("development", "production (old)")
    assert harness.rows("development") == (1, 2500)


def test_rows_are_there_when_the_window_has_passed() -> None:
    """A snapshot, even a scheduled one, does not depend on the history window."""
    with stepped_harness() as harness:
        taken = snapshot(harness, timestamp=BEFORE_DELETE)
        path = f"/branches/{harness.id('production')}/backup_schedule"
        harness.do("PUT", path, {"schedule": [{"frequency": "monthly"}]})
        harness.advance(days=20)
        (_, scheduled) = harness.do("GET", "/snapshots")["snapshots"]
        harness.run("production", ONE_ORDER)
        restore(harness, taken)
        assert harness.rows("production") == Rows.BEFORE
        restore(harness, scheduled["id"])
        assert harness.rows("production") == Rows.NOW
