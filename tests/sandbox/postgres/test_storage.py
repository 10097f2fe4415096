"""The storage's guarantees to the model, in normal operation and after failures."""

from __future__ import annotations

import json
import re
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from neon_sandbox import Lsn, MemoryStorage, Position, SteppedClock
from neon_sandbox.scenario import instant
from neon_sandbox.storage.postgres import PostgresStorage, StorageError, base_backup_copies, wal
from neon_sandbox.storage.postgres.binaries import OsUser
from neon_sandbox.storage.postgres.server_pool import ServerPool
from tests.sandbox.postgres.harness import (
    BEFORE_DELETE,
    ROWS_BEFORE,
    ROWS_NOW,
    Harness,
    kill_server,
    live_harness,
    on_storage,
    stepped_harness,
)
from tools.docs.databases import base
from tools.scratch import scratch

if TYPE_CHECKING:
    from pathlib import Path

    from neon_sandbox.storage.postgres.server import Server
    from neon_sandbox.storage.postgres.timelines import Timeline


def told(harness: Harness) -> list[Any]:
    """Return the API's responses to one request of each kind, without LSNs and addresses."""
    production = harness.id("production")
    answers = [
        harness.do("GET", "/branches"),
        harness.restore("production", source_timestamp=BEFORE_DELETE, preserve_under_name="old"),
        harness.create("past", parent_timestamp="2026-11-20T12:30:00Z"),
        harness.create("empty", init_source="schema-only", compute=False),
        harness.do("POST", f"/branches/{production}/roles", {"role": {"name": "reader"}}),
        harness.restore("production", "old", preserve_under_name="older"),
        harness.restore("development", "production"),
        harness.do("DELETE", f"/branches/{harness.id('past')}"),
        harness.do("GET", "/branches"),
        harness.do("GET", "/endpoints"),
        harness.do("GET", "/operations", limit=100),
        harness.do("GET", f"/branches/{production}/roles"),
    ]
    text = json.dumps(answers)
    text = re.sub(r'"[0-9A-F]+/[0-9A-F]+"', '"LSN"', text)
    told: list[Any] = json.loads(re.sub(r"(127\.0\.0\.1|224\.0\.0\.0):\d+", "HOST", text))
    return told


def test_both_storages_tell_the_same(shared_sandbox: Harness) -> None:
    """On a stepped clock, all responses are equal except for LSNs and addresses."""
    del shared_sandbox
    memory = on_storage(SteppedClock(instant("14:40:00")), MemoryStorage())
    with stepped_harness() as rows:
        assert told(rows) == told(memory)


def test_a_commit_knows_its_time_and_place(harness: Harness) -> None:
    """This also holds between commits of clients, which get their times from WAL records."""
    production = harness.id("production")
    harness.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    harness.sandbox.commit("production", "shop", "INSERT INTO orders SELECT 2, 1, 100")
    now = harness.sandbox.clock.now()
    stated = harness.storage.commit(
        production, "shop", "INSERT INTO orders SELECT 3, 1, 100", role="shop_owner", at=now
    )
    assert stated.time == now
    assert harness.storage.locate(production, now) == stated
    assert harness.storage.locate(production, stated.lsn) == stated
    before = harness.storage.locate(production, Lsn(stated.lsn - 1))
    assert before is not None
    assert before.lsn < stated.lsn
    with pytest.raises(ValueError, match="comes after one at"):
        harness.storage.commit(
            production, "shop", "SELECT 1", role="shop_owner", at=instant("14:00:00")
        )


def test_a_failed_statement_changes_nothing(shared_sandbox: Harness) -> None:
    """The error comes from the server."""
    head = shared_sandbox.storage.locate(shared_sandbox.id("production"), None)
    with pytest.raises(psycopg.errors.UndefinedTable):
        shared_sandbox.sandbox.commit("production", "shop", "DELETE FROM nothing")
    after = shared_sandbox.storage.locate(shared_sandbox.id("production"), None)
    assert head is not None
    assert after is not None
    assert (head.time, shared_sandbox.rows("production")) == (after.time, ROWS_NOW)


def test_commits_of_several_clients_keep_their_order(harness: Harness) -> None:
    """Every position between two of them shows a whole number of transactions."""

    def insert(first: int) -> None:
        with psycopg.connect(harness.uri("production"), autocommit=True) as connection:
            for number in range(first, first + 25):
                connection.execute(f"INSERT INTO orders SELECT {number}, 1, 100".encode())

    clients = [threading.Thread(target=insert, args=(first,)) for first in (1000, 2000)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    production = harness.id("production")
    place = harness.storage.locate(production, None)
    assert place is not None
    seen: list[Position] = []
    while (found := harness.storage.locate(production, Lsn(place.lsn - 1))) and len(seen) < 50:
        seen.append(found)
        place = found
    assert len({one.lsn for one in seen}) == 50
    assert [one.time for one in seen] == sorted((one.time for one in seen), reverse=True)
    past = f"neon_lsn:{seen[25].lsn}"
    assert harness.query("production", "SELECT count(*) FROM orders", past=past) == 25 - 1


def test_a_commit_ends_where_postgres_says(harness: Harness) -> None:
    """This holds on whatever WAL pages its record begins and ends."""
    ends = []
    with psycopg.connect(harness.uri("production"), autocommit=True) as connection:
        for number in range(400):
            connection.execute(f"INSERT INTO orders SELECT {number + 1}, 1, 100".encode())
            row = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
            assert row is not None
            ends.append(Lsn.parse(row[0]))
    places = [harness.storage.locate(harness.id("production"), end) for end in ends]
    # At the exact end of a page, Postgres reports the LSN after the next page's header.
    found = [
        end if place and (place.lsn == end or place.lsn == end - end % 8192) else place
        for end, place in zip(ends, places, strict=True)
    ]
    assert found == ends
    assert len({int(end) // 8192 for end in ends}) > 3


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 40), (8192 - 40, 8192), (8192 - 16, 8192 + 48), (2**20 - 16, 2**20 + 64)],
)
def test_a_record_goes_across_pages_and_files(start: int, end: int) -> None:
    """Each page begins with a header, and each WAL file with a longer one."""
    assert wal._end_of_record(Lsn(start), 34) == end


def test_a_commit_that_is_not_flushed_is_found(harness: Harness) -> None:
    """With ``synchronous_commit = off`` the server flushes it later."""
    with psycopg.connect(harness.uri("production")) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("INSERT INTO orders SELECT 1, 1, 100")
    now = harness.sandbox.clock.now()
    place = harness.storage.locate(harness.id("production"), now)
    assert place is not None
    assert (now - place.time).total_seconds() < 5


def test_a_large_transaction_goes_over_many_files(harness: Harness) -> None:
    """The end of a record is correct across pages and files."""
    harness.run(
        "production",
        "INSERT INTO orders SELECT n, n % 40 + 1, 500 FROM generate_series(1, 40000) AS n",
    )
    place = harness.storage.locate(harness.id("production"), None)
    harness.run("production", "DELETE FROM orders")
    assert place is not None
    harness.restore("production", source_lsn=str(place.lsn), preserve_under_name="old")
    assert harness.rows("production") == (40_000, 2500)


def test_a_restore_that_fails_leaves_the_branch_as_it_was(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data is under its id and the backup branch's, and clients can connect."""

    def refuse(*_: object) -> Server:
        raise StorageError("no room left")

    body = {
        "source_branch_id": harness.id("production"),
        "source_timestamp": BEFORE_DELETE,
        "preserve_under_name": "old",
    }
    with monkeypatch.context() as patch:
        patch.setattr(ServerPool, "promote", refuse)
        answer = harness.ask("POST", f"/branches/{harness.id('production')}/restore", body)
        harness.sandbox.run_until_idle()
    operation = answer.json()["operations"][0]["id"]
    failed = harness.do("GET", f"/operations/{operation}")["operation"]
    assert (failed["status"], failed["error"]) == ("failed", "no room left")
    assert harness.rows("production") == ROWS_NOW
    harness.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    harness.restore("development", "old")
    assert harness.rows("development") == ROWS_NOW
    harness.restore("production", source_timestamp=BEFORE_DELETE, preserve_under_name="older")
    assert harness.rows("production") == ROWS_BEFORE


def test_a_branch_whose_server_was_killed_can_be_restored(harness: Harness) -> None:
    """The backup branch has everything that was committed."""
    harness.run("production", "INSERT INTO orders SELECT 1, 1, 100")
    server = harness.storage._branches[harness.id("production")].server
    assert server is not None
    kill_server(server)
    harness.restore("production", source_timestamp=BEFORE_DELETE, preserve_under_name="old")
    assert harness.rows("production") == ROWS_BEFORE
    harness.restore("development", "old")
    assert harness.rows("development") == (1, 2500)


def test_a_branch_whose_server_did_not_start_gets_another_try(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first operation fails, and the next use of the branch starts its server."""
    promote = ServerPool.promote
    failures = iter([StorageError("too busy")])

    def refuse_once(servers: ServerPool, timeline: Timeline) -> Server:
        for failure in failures:
            raise failure
        return promote(servers, timeline)

    monkeypatch.setattr(ServerPool, "promote", refuse_once)
    body = {"branch": {"name": "late"}, "endpoints": [{"type": "read_write"}]}
    answer = harness.ask("POST", "/branches", body).json()
    harness.sandbox.run_until_idle()
    failed = harness.do("GET", f"/operations/{answer['operations'][0]['id']}")["operation"]
    assert failed["error"] == "too busy"
    harness.sandbox.commit("late", "shop", "INSERT INTO orders SELECT 1, 1, 100")
    assert harness.rows("late") == (1, 2500)


def test_a_connection_to_a_compute_that_never_comes_ends() -> None:
    """The connection fails with a message after the proxy's connect timeout."""
    with live_harness(connect_timeout=timedelta(seconds=0.5)) as harness:
        branches = harness.storage._branches
        harness.create("kept", compute=False)
        uri = harness.uri("production")
        branches[harness.id("production")] = branches[harness.id("kept")]
        with pytest.raises(psycopg.OperationalError, match=r"not ready after 0\.5 s"):
            psycopg.connect(uri)


def test_a_shared_base_stays_as_it_was_founded() -> None:
    """Storages copy it, and neither their servers nor a new database write to it."""
    with live_harness():
        pass
    before = files_of_base()
    with live_harness() as harness:
        body = {"database": {"name": "billing", "owner_name": "shop_owner"}}
        harness.do("POST", f"/branches/{harness.id('production')}/databases", body)
        harness.restore("production", source_timestamp=BEFORE_DELETE, preserve_under_name="old")
        assert harness.rows("production") == ROWS_BEFORE
    assert files_of_base() == before


def files_of_base() -> dict[Path, tuple[int, int]]:
    """Return the files of the shared base backup and its templates, with their times and sizes."""
    templates = base().path.parent.glob("template-*")
    return {
        folder / path: state
        for folder in (base().path, *templates)
        for path, state in files_in(folder).items()
    }


def files_in(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return the files below a folder, with their times and sizes."""
    files = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {
        path.relative_to(folder): (state.st_mtime_ns, state.st_size)
        for path, state in files.items()
    }


def test_what_a_storage_gives_back_is_a_copy_again() -> None:
    """Rows of one incident are not in the next, and copies do not accumulate."""
    for _ in range(3):
        with live_harness() as harness:
            harness.restore("production", source_timestamp=BEFORE_DELETE, preserve_under_name="old")
            harness.run("production", "CREATE TABLE left_behind ()")
    folder = base().path
    copies = [each for each in folder.parent.iterdir() if not each.name.startswith("template-")]
    copies.remove(folder)
    assert 0 < len(copies) <= 4
    wanted = files_in(folder)
    wal = {path for path in wanted if path.parts[0] == "pg_wal"}
    for copy in copies:
        found = files_in(copy)
        assert {path: found[path] for path in wanted.keys() - wal} == {
            path: wanted[path] for path in wanted.keys() - wal
        }
        assert {path for path in found.keys() - wanted.keys() if path.parts[0] != "pg_wal"} == set()


def test_a_shared_base_is_refused_where_another_begins(shared_sandbox: Harness) -> None:
    """The roles and databases in it are those with which the first storage bootstrapped it."""
    del shared_sandbox
    at = instant("14:40:00")
    with (
        scratch() as folder,
        PostgresStorage(
            folder / "data", clock=SteppedClock(at), threads=False, first_port=0, base=base()
        ) as storage,
    ):
        storage.create("br-one", at=at)
        outcome = storage.create_role("br-one", "reader", "secret", at=at).outcome()
        assert outcome is not None
        assert "the base backup has other roles and databases" in outcome.error


def test_a_used_data_directory_becomes_a_copy_again(tmp_path: Path) -> None:
    """Changed files are reset, new ones are removed, and hard-linked files are not changed."""
    base, data, archive = tmp_path / "base", tmp_path / "data", tmp_path / "archive"
    for folder in (base / "global", base / "pg_wal", data / "global" / "deep", data / "pg_wal"):
        folder.mkdir(parents=True)
    archive.write_text("shared, and not to be changed")
    for name in ("global/1", "global/2", "pg_wal/1"):
        (base / name).write_text(f"the base's {name}")
    copied = base_backup_copies._reset_file
    copied(base / "global" / "1", data / "global" / "1", OsUser())
    (data / "global" / "2").write_text("changed by a server")
    (data / "global" / "deep" / "3").write_text("made by a server")
    (data / "pg_wal" / "1").hardlink_to(archive)
    (data / "standby.signal").touch()
    untouched = (data / "global" / "1").stat()
    base_backup_copies.reset_copy(base, data, OsUser())
    files = sorted(path.relative_to(data) for path in data.rglob("*") if path.is_file())
    assert [str(file) for file in files] == ["global/1", "global/2", "pg_wal/1"]
    assert all((data / file).read_text() == (base / file).read_text() for file in files)
    assert (data / "global" / "1").stat().st_ino == untouched.st_ino
    assert archive.read_text() == "shared, and not to be changed"
