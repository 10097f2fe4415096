"""Restores from snapshots, and what they do to rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from neon_sandbox import SteppedClock
from neon_sandbox.storage.postgres import StorageError
from neon_sandbox.storage.postgres.server_pool import ServerPool
from tests.sandbox.postgres.world import BEFORE, GOOD, NOW, kill, stepped_world

if TYPE_CHECKING:
    from neon_sandbox.storage.postgres.server import Server
    from tests.sandbox.postgres.world import World


def snapshot(world: World, branch: str = "production", **query: str) -> str:
    """Take a snapshot and return its id."""
    path = f"/branches/{world.id(branch)}/snapshot"
    taken: str = world.do("POST", path, **query)["snapshot"]["id"]
    return taken


def restore(world: World, taken: str, **body: Any) -> Any:
    """Restore a snapshot onto production, in one step unless told otherwise."""
    body = {"target_branch_id": world.id("production"), "finalize_restore": True} | body
    return world.do("POST", f"/snapshots/{taken}/restore", body)["branch"]


def test_one_step_brings_the_rows_to_the_same_address(world: World) -> None:
    """The string that an application has reads what the snapshot holds, and can write."""
    address = world.uri("production")
    restore(world, snapshot(world, timestamp=GOOD))
    assert world.uri("production") == address
    assert world.rows("production") == BEFORE
    world.run("production", "DELETE FROM orders WHERE id > 100")
    assert world.rows("production") == (100, 2400)


def test_what_was_written_after_the_snapshot_is_on_the_old_branch(world: World) -> None:
    """An instant restore from it, at its head, brings it back."""
    taken = snapshot(world)
    world.run("production", "INSERT INTO orders SELECT n, 1, 100 FROM generate_series(1, 7) AS n")
    restore(world, taken)
    assert world.rows("production") == NOW
    world.restore("production", "production (old)", preserve_under_name="undone")
    assert world.rows("production") == (7, 2500)


def test_a_snapshot_outlives_its_branch(world: World) -> None:
    """The branch is deleted, its files are not those that a restore needs."""
    world.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    first, second = snapshot(world, timestamp=GOOD), snapshot(world)
    world.run("production", "INSERT INTO orders SELECT 2, 1, 100")
    restore(world, first)
    world.restore("development", "production")
    world.do("DELETE", f"/branches/{world.id('development')}")
    world.do("DELETE", f"/branches/{world.id('production (old)')}")
    restore(world, second)
    assert world.rows("production") == (1, 2500)


def test_a_preview_is_read_and_then_takes_the_place(world: World) -> None:
    """Rows that were written to the preview are kept."""
    taken = snapshot(world, timestamp=GOOD)
    preview = restore(world, taken, finalize_restore=False, name="look")
    assert world.rows("look") == BEFORE
    assert world.rows("production") == NOW
    world.run("look", "DELETE FROM orders WHERE id > 500")
    world.do("POST", f"/branches/{preview['id']}/finalize_restore")
    assert world.id("production") == preview["id"]
    assert world.rows("production") == (500, 2400)
    world.restore("production", "production (old)", preserve_under_name="undone")
    assert world.rows("production") == NOW


@pytest.mark.parametrize("preview", [False, True])
def test_connections_drop_and_come_back(world: World, preview: bool) -> None:
    """Those to the branch that is replaced and to the preview; another branch's stay."""
    taken = snapshot(world, timestamp=GOOD)
    dropped = ["production"]
    if preview:
        branch = restore(world, taken, finalize_restore=False, name="look")
        dropped.append("look")
    kept = psycopg.connect(world.uri("development"))
    connected = [psycopg.connect(world.uri(name)) for name in dropped]
    if preview:
        world.do("POST", f"/branches/{branch['id']}/finalize_restore")
    else:
        restore(world, taken)
    for connection in connected:
        with pytest.raises(psycopg.OperationalError) as broken:
            connection.execute("SELECT 1")
        assert broken.value.sqlstate in {"57P01", None}
        connection.close()
    kept.execute("SELECT 1")
    kept.close()
    assert world.rows("production") == BEFORE


def test_a_connection_during_the_move_waits_for_it(world: World) -> None:
    """Whoever connects right after the request reads the restored rows."""
    taken, uri = snapshot(world, timestamp=GOOD), world.uri("production")
    body = {"target_branch_id": world.id("production"), "finalize_restore": True}
    assert world.ask("POST", f"/snapshots/{taken}/restore", body).is_success
    with psycopg.connect(uri) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (750,)


def test_a_role_made_after_the_snapshot_logs_in(world: World) -> None:
    """Roles come along with the computes, in one step and with a preview."""
    taken = snapshot(world, timestamp=GOOD)
    for name, finalized in (("early", True), ("late", False)):
        path = f"/branches/{world.id('production')}"
        role = world.do("POST", f"{path}/roles", {"role": {"name": name}})["role"]
        uri = world.uri("production").replace(
            "shop_owner:sandbox-password", f"{name}:{role['password']}"
        )
        branch = restore(world, taken, finalize_restore=finalized)
        if not finalized:
            world.do("POST", f"/branches/{branch['id']}/finalize_restore")
        with psycopg.connect(uri) as connection:
            assert connection.execute("SELECT count(*) FROM orders").fetchone() == (750,)


def test_a_preview_that_is_deleted_leaves_everything_as_it_was(world: World) -> None:
    """Its compute goes with it."""
    taken = snapshot(world, timestamp=GOOD)
    preview = restore(world, taken, finalize_restore=False)
    world.do("DELETE", f"/branches/{preview['id']}")
    assert world.rows("production") == NOW
    restore(world, taken)
    assert world.rows("production") == BEFORE


def test_a_branch_from_a_snapshot_has_a_history_of_its_own(world: World) -> None:
    """Once it is finalized, it can be rewound to a moment since."""
    restore(world, snapshot(world, timestamp=GOOD))
    between = world.sandbox.clock.now().isoformat().replace("+00:00", "Z")
    world.run("production", "DELETE FROM orders")
    world.restore("production", source_timestamp=between, preserve_under_name="kept")
    assert world.rows("production") == BEFORE


def test_a_move_that_fails_leaves_each_branch_its_rows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there goes on under its new name, and another restore puts things right."""

    def refuse(*_: object) -> Server:
        raise StorageError("no room left")

    world.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    taken = snapshot(world, timestamp=GOOD)
    body = {"target_branch_id": world.id("production"), "finalize_restore": True}
    with monkeypatch.context() as patch:
        patch.setattr(ServerPool, "promote", refuse)
        answer = world.ask("POST", f"/snapshots/{taken}/restore", body).json()
        world.sandbox.run_until_idle()
    failed = world.do("GET", f"/operations/{answer['operations'][0]['id']}")["operation"]
    assert (failed["status"], failed["error"]) == ("failed", "no room left")
    world.restore("development", "production (old)")
    assert world.rows("development") == (1, 2500)
    restore(world, taken)
    assert world.rows("production") == BEFORE
    world.restore("production", "production (old)", preserve_under_name="undone")
    assert world.rows("production") == (1, 2500)


def test_a_branch_whose_server_was_killed_can_be_replaced(world: World) -> None:
    """All that was committed is on the branch that was replaced."""
    taken = snapshot(world, timestamp=GOOD)
    world.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    server = world.storage._branches[world.id("production")].server
    assert server is not None
    kill(server)
    restore(world, taken)
    assert world.rows("production") == BEFORE
    world.restore("development", "production (old)")
    assert world.rows("development") == (1, 2500)


def test_rows_are_there_when_the_window_has_passed() -> None:
    """A snapshot, one of a schedule too, does not depend on the history window."""
    with stepped_world() as world:
        taken = snapshot(world, timestamp=GOOD)
        path = f"/branches/{world.id('production')}/backup_schedule"
        world.do("PUT", path, {"schedule": [{"frequency": "monthly"}]})
        assert isinstance(world.sandbox.clock, SteppedClock)
        world.sandbox.clock.advance(timedelta(days=20))
        (_, scheduled) = world.do("GET", "/snapshots")["snapshots"]
        world.run("production", "INSERT INTO orders SELECT 1, 1, 100")
        restore(world, taken)
        assert world.rows("production") == BEFORE
        restore(world, scheduled["id"])
        assert world.rows("production") == NOW
