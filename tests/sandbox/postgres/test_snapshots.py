"""Restores from snapshots and their effect on rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from neon_sandbox import SteppedClock
from neon_sandbox.storage.postgres import StorageError
from neon_sandbox.storage.postgres.server_pool import ServerPool
from tests.sandbox.postgres.harness import (
    BEFORE_DELETE,
    ROWS_BEFORE,
    ROWS_NOW,
    kill_server,
    stepped_harness,
)

if TYPE_CHECKING:
    from neon_sandbox.storage.postgres.server import Server
    from tests.sandbox.postgres.harness import Harness


def snapshot(harness: Harness, branch: str = "production", **query: str) -> str:
    """Take a snapshot and return its id."""
    path = f"/branches/{harness.id(branch)}/snapshot"
    taken: str = harness.do("POST", path, **query)["snapshot"]["id"]
    return taken


def restore(harness: Harness, taken: str, **body: Any) -> Any:
    """Restore a snapshot onto production, by default in one step."""
    body = {"target_branch_id": harness.id("production"), "finalize_restore": True} | body
    return harness.do("POST", f"/snapshots/{taken}/restore", body)["branch"]


def test_one_step_brings_the_rows_to_the_same_address(harness: Harness) -> None:
    """An existing connection string reads the snapshot's rows, and can write."""
    address = harness.uri("production")
    restore(harness, snapshot(harness, timestamp=BEFORE_DELETE))
    assert harness.uri("production") == address
    assert harness.rows("production") == ROWS_BEFORE
    harness.run("production", "DELETE FROM orders WHERE id > 100")
    assert harness.rows("production") == (100, 2400)


def test_what_was_written_after_the_snapshot_is_on_the_old_branch(harness: Harness) -> None:
    """An instant restore from the head of the old branch brings it back."""
    taken = snapshot(harness)
    harness.run("production", "INSERT INTO orders SELECT n, 1, 100 FROM generate_series(1, 7) AS n")
    restore(harness, taken)
    assert harness.rows("production") == ROWS_NOW
    harness.restore("production", "production (old)", preserve_under_name="undone")
    assert harness.rows("production") == (7, 2500)


def test_a_snapshot_outlives_its_branch(harness: Harness) -> None:
    """A restore does not need the files of the deleted branch."""
    harness.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    first, second = snapshot(harness, timestamp=BEFORE_DELETE), snapshot(harness)
    harness.run("production", "INSERT INTO orders SELECT 2, 1, 100")
    restore(harness, first)
    harness.restore("development", "production")
    harness.do("DELETE", f"/branches/{harness.id('development')}")
    harness.do("DELETE", f"/branches/{harness.id('production (old)')}")
    restore(harness, second)
    assert harness.rows("production") == (1, 2500)


def test_a_preview_is_read_and_then_takes_the_place(harness: Harness) -> None:
    """Rows that were written to the preview are kept."""
    taken = snapshot(harness, timestamp=BEFORE_DELETE)
    preview = restore(harness, taken, finalize_restore=False, name="look")
    assert harness.rows("look") == ROWS_BEFORE
    assert harness.rows("production") == ROWS_NOW
    harness.run("look", "DELETE FROM orders WHERE id > 500")
    harness.do("POST", f"/branches/{preview['id']}/finalize_restore")
    assert harness.id("production") == preview["id"]
    assert harness.rows("production") == (500, 2400)
    harness.restore("production", "production (old)", preserve_under_name="undone")
    assert harness.rows("production") == ROWS_NOW


@pytest.mark.parametrize("preview", [False, True])
def test_connections_drop_and_come_back(harness: Harness, preview: bool) -> None:
    """Connections to the replaced branch and to the preview drop; another branch's stay."""
    taken = snapshot(harness, timestamp=BEFORE_DELETE)
    dropped = ["production"]
    if preview:
        branch = restore(harness, taken, finalize_restore=False, name="look")
        dropped.append("look")
    kept = psycopg.connect(harness.uri("development"))
    connected = [psycopg.connect(harness.uri(name)) for name in dropped]
    if preview:
        harness.do("POST", f"/branches/{branch['id']}/finalize_restore")
    else:
        restore(harness, taken)
    for connection in connected:
        with pytest.raises(psycopg.OperationalError) as broken:
            connection.execute("SELECT 1")
        assert broken.value.sqlstate in {"57P01", None}
        connection.close()
    kept.execute("SELECT 1")
    kept.close()
    assert harness.rows("production") == ROWS_BEFORE


def test_a_connection_during_the_move_waits_for_it(harness: Harness) -> None:
    """A client that connects right after the request reads the restored rows."""
    taken, uri = snapshot(harness, timestamp=BEFORE_DELETE), harness.uri("production")
    body = {"target_branch_id": harness.id("production"), "finalize_restore": True}
    assert harness.ask("POST", f"/snapshots/{taken}/restore", body).is_success
    with psycopg.connect(uri) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (750,)


def test_a_role_made_after_the_snapshot_logs_in(harness: Harness) -> None:
    """Roles move with the computes, in one step and with a preview."""
    taken = snapshot(harness, timestamp=BEFORE_DELETE)
    for name, finalized in (("early", True), ("late", False)):
        path = f"/branches/{harness.id('production')}"
        role = harness.do("POST", f"{path}/roles", {"role": {"name": name}})["role"]
        uri = harness.uri("production").replace(
            "shop_owner:sandbox-password", f"{name}:{role['password']}"
        )
        branch = restore(harness, taken, finalize_restore=finalized)
        if not finalized:
            harness.do("POST", f"/branches/{branch['id']}/finalize_restore")
        with psycopg.connect(uri) as connection:
            assert connection.execute("SELECT count(*) FROM orders").fetchone() == (750,)


def test_a_preview_that_is_deleted_leaves_everything_as_it_was(harness: Harness) -> None:
    """The preview's compute is deleted with it."""
    taken = snapshot(harness, timestamp=BEFORE_DELETE)
    preview = restore(harness, taken, finalize_restore=False)
    harness.do("DELETE", f"/branches/{preview['id']}")
    assert harness.rows("production") == ROWS_NOW
    restore(harness, taken)
    assert harness.rows("production") == ROWS_BEFORE


def test_a_branch_from_a_snapshot_has_a_history_of_its_own(harness: Harness) -> None:
    """Once it is finalized, it can be restored to a later point in time."""
    restore(harness, snapshot(harness, timestamp=BEFORE_DELETE))
    between = harness.sandbox.clock.now().isoformat().replace("+00:00", "Z")
    harness.run("production", "DELETE FROM orders")
    harness.restore("production", source_timestamp=between, preserve_under_name="kept")
    assert harness.rows("production") == ROWS_BEFORE


def test_a_move_that_fails_leaves_each_branch_its_rows(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The replaced branch continues under its new name, and a second restore succeeds."""

    def refuse(*_: object) -> Server:
        raise StorageError("no room left")

    harness.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    taken = snapshot(harness, timestamp=BEFORE_DELETE)
    body = {"target_branch_id": harness.id("production"), "finalize_restore": True}
    with monkeypatch.context() as patch:
        patch.setattr(ServerPool, "promote", refuse)
        answer = harness.ask("POST", f"/snapshots/{taken}/restore", body).json()
        harness.sandbox.run_until_idle()
    failed = harness.do("GET", f"/operations/{answer['operations'][0]['id']}")["operation"]
    assert (failed["status"], failed["error"]) == ("failed", "no room left")
    harness.restore("development", "production (old)")
    assert harness.rows("development") == (1, 2500)
    restore(harness, taken)
    assert harness.rows("production") == ROWS_BEFORE
    harness.restore("production", "production (old)", preserve_under_name="undone")
    assert harness.rows("production") == (1, 2500)


def test_a_branch_whose_server_was_killed_can_be_replaced(harness: Harness) -> None:
    """The replaced branch has everything that was committed."""
    taken = snapshot(harness, timestamp=BEFORE_DELETE)
    harness.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    server = harness.storage._branches[harness.id("production")].server
    assert server is not None
    kill_server(server)
    restore(harness, taken)
    assert harness.rows("production") == ROWS_BEFORE
    harness.restore("development", "production (old)")
    assert harness.rows("development") == (1, 2500)


def test_rows_are_there_when_the_window_has_passed() -> None:
    """A snapshot, even a scheduled one, does not depend on the history window."""
    with stepped_harness() as harness:
        taken = snapshot(harness, timestamp=BEFORE_DELETE)
        path = f"/branches/{harness.id('production')}/backup_schedule"
        harness.do("PUT", path, {"schedule": [{"frequency": "monthly"}]})
        assert isinstance(harness.sandbox.clock, SteppedClock)
        harness.sandbox.clock.advance(timedelta(days=20))
        (_, scheduled) = harness.do("GET", "/snapshots")["snapshots"]
        harness.run("production", "INSERT INTO orders SELECT 1, 1, 100")
        restore(harness, taken)
        assert harness.rows("production") == ROWS_BEFORE
        restore(harness, scheduled["id"])
        assert harness.rows("production") == ROWS_NOW
