"""The storage's guarantees to the model, in normal operation and after failures."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
import pytest

from neon_sandbox import Lsn, Position, SteppedClock, incident
from neon_sandbox.scenario import instant
from neon_sandbox.storage.postgres import base_backup_copies, wal
from neon_sandbox.storage.postgres.binaries import OsUser
from tests.sandbox.harness import PRODUCTION, REWIND
from tests.sandbox.postgres.harness import (
    ONE_ORDER,
    Harness,
    Rows,
    live_harness,
    postgres_storage,
    stepped_harness,
)
from tools.docs.databases import base


def told(harness: Harness) -> list[Any]:
    """Return the API's responses to one request of each kind, without LSNs and addresses."""
    answers = [
        harness.do("GET", "/branches"),
        harness.rewind(),
        harness.create("past", parent_timestamp="2026-11-20T12:30:00Z"),
        harness.create("empty", init_source="schema-only", compute=False),
        harness.do("POST", f"/branches/{PRODUCTION}/roles", {"role": {"name": "reader"}}),
        harness.restore("production", "old", preserve_under_name="older"),
        harness.restore("development", "production"),
        harness.do("DELETE", f"/branches/{harness.id('past')}"),
        harness.do("GET", "/branches"),
        harness.do("GET", "/endpoints"),
        harness.do("GET", "/operations", limit=100),
        harness.do("GET", f"/branches/{PRODUCTION}/roles"),
    ]
    text = re.sub(r'"[0-9A-F]+/[0-9A-F]+"', '"LSN"', json.dumps(answers))
    return list(json.loads(re.sub(r"(127\.0\.0\.1|224\.0\.0\.0):\d+", "HOST", text)))


def test_both_storages_tell_the_same() -> None:
    made = mock.patch("secrets.token_urlsafe", return_value="password")
    with made, stepped_harness() as rows:
        assert told(rows) == told(Harness(incident(limits=None)))


def test_a_storage_that_is_closed_leaves_its_clock() -> None:
    clock = SteppedClock(instant("08:00:00"))
    with postgres_storage(clock):
        assert len(clock._subscribers) == 1
    assert clock._subscribers == []


def test_a_commit_knows_its_time_and_place(harness: Harness) -> None:
    """This also holds between commits of clients, which get their times from WAL records."""
    storage = harness.storage
    harness.run("production", ONE_ORDER)
    harness.sandbox.commit("production", "shop", "INSERT INTO orders SELECT 2, 1, 100")
    now = harness.sandbox.clock.now()
    third = "INSERT INTO orders SELECT 3, 1, 100"
    stated = storage.commit(PRODUCTION, "shop", third, role="shop_owner", at=now)
    assert stated.time == now
    assert storage.locate(PRODUCTION, now) == stated
    assert storage.locate(PRODUCTION, stated.lsn) == stated
    assert harness.locate("production", Lsn(stated.lsn - 1)).lsn < stated.lsn
    with pytest.raises(ValueError, match="comes after one at"):
        storage.commit(PRODUCTION, "shop", "SELECT 1", role="shop_owner", at=instant("14:00:00"))


def test_a_failed_statement_changes_nothing(shared_sandbox: Harness) -> None:
    before = shared_sandbox.locate("production")
    with pytest.raises(psycopg.errors.UndefinedTable):
        shared_sandbox.sandbox.commit("production", "shop", "DELETE FROM nothing")
    assert shared_sandbox.locate("production").time == before.time
    assert shared_sandbox.rows("production") == Rows.NOW


def test_commits_of_several_clients_keep_their_order(harness: Harness) -> None:
    """Every position between two of them shows a whole number of transactions."""

    def insert(first: int) -> None:
        with psycopg.connect(harness.uri("production"), autocommit=True) as connection:
            for number in range(first, first + 25):
                connection.execute(f"INSERT INTO orders SELECT {number}, 1, 100".encode())

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(insert, (1000, 2000)))
    place = harness.locate("production")
    seen: list[Position] = []
    while (found := harness.storage.locate(PRODUCTION, Lsn(place.lsn - 1))) and len(seen) < 50:
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
    for end in ends:
        # At the exact end of a page, Postgres reports the LSN after the next page's header.
        assert harness.locate("production", end).lsn in {end, end - end % 8192}
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
        connection.execute(ONE_ORDER)
    now = harness.sandbox.clock.now()
    assert (now - harness.locate("production", now).time).total_seconds() < 5


def test_a_large_transaction_goes_over_many_files(harness: Harness) -> None:
    """The end of a record is correct across pages and files."""
    many = "INSERT INTO orders SELECT n, n % 40 + 1, 500 FROM generate_series(1, 40000) AS n"
    harness.run("production", many)
    lsn = str(harness.locate("production").lsn)
    harness.run("production", "DELETE FROM orders")
    harness.restore("production", source_lsn=lsn, preserve_under_name="old")
    assert harness.rows("production") == (40_000, 2500)


def test_a_restore_that_fails_leaves_the_branch_as_it_was(harness: Harness) -> None:
    """The data is under its id and the backup branch's, and clients can connect."""
    failure = harness.failure(f"/branches/{PRODUCTION}/restore", REWIND)
    assert failure == ("failed", "no room left")
    assert harness.rows("production") == Rows.NOW
    harness.run("production", ONE_ORDER)
    harness.restore("development", "before")
    assert harness.rows("development") == Rows.NOW
    harness.rewind(preserve_as="older")
    assert harness.rows("production") == Rows.BEFORE


def test_a_branch_whose_server_was_killed_can_be_restored(harness: Harness) -> None:
    harness.run("production", ONE_ORDER)
    harness.kill_server("production")
    harness.rewind()
    assert harness.rows("production") == Rows.BEFORE
    harness.restore("development", "old")
    assert harness.rows("development") == (1, 2500)


def test_a_branch_whose_server_did_not_start_gets_another_try(harness: Harness) -> None:
    body = {"branch": {"name": "late"}, "endpoints": [{"type": "read_write"}]}
    assert harness.failure("/branches", body) == ("failed", "no room left")
    harness.sandbox.commit("late", "shop", ONE_ORDER)
    assert harness.rows("late") == (1, 2500)


def test_a_connection_to_a_compute_that_never_comes_ends() -> None:
    with live_harness(connect_timeout=timedelta(seconds=0.5)) as harness:
        branches = harness.storage._branches
        harness.create("kept", compute=False)
        uri = harness.uri("production")
        branches[PRODUCTION] = branches[harness.id("kept")]
        with pytest.raises(psycopg.OperationalError, match=r"not ready after 0\.5 s"):
            psycopg.connect(uri)


def test_a_shared_base_stays_as_it_was_founded() -> None:
    """Storages copy it, and neither their servers nor a new database write to it."""
    with live_harness():
        pass
    before = files_of_base()
    with live_harness() as harness:
        body = {"database": {"name": "billing", "owner_name": "shop_owner"}}
        harness.do("POST", f"/branches/{PRODUCTION}/databases", body)
        harness.rewind()
        assert harness.rows("production") == Rows.BEFORE
    assert files_of_base() == before


def files_of_base() -> dict[Path, dict[Path, tuple[int, int]]]:
    """Return the files of the shared base backup and of each of its templates."""
    folder = base().path
    return {each: files_in(each) for each in (folder, *folder.parent.glob("template-*"))}


def files_in(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return the files below a folder, with their times and sizes."""
    return {
        path.relative_to(folder): (state.st_mtime_ns, state.st_size)
        for path in folder.rglob("*")
        if path.is_file() and (state := path.stat())
    }


def test_what_a_storage_gives_back_is_a_copy_again() -> None:
    """Rows of one incident are not in the next, and copies do not accumulate."""
    for _ in range(3):
        with live_harness() as harness:
            harness.rewind()
            harness.run("production", "CREATE TABLE left_behind ()")
    folder = base().path
    copies = [each for each in folder.parent.iterdir() if not each.name.startswith("template-")]
    copies.remove(folder)
    assert 0 < len(copies) <= 4
    # WAL files may be hard-linked elsewhere, and differ.
    wanted, *found = (
        {path: state for path, state in files_in(each).items() if path.parts[0] != "pg_wal"}
        for each in (folder, *copies)
    )
    assert found == [wanted] * len(copies)


def test_a_shared_base_is_refused_where_another_begins(shared_sandbox: Harness) -> None:
    """The roles and databases in it are those with which the first storage bootstrapped it."""
    del shared_sandbox
    at = instant("14:40:00")
    with postgres_storage(SteppedClock(at)) as storage:
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
    base_backup_copies._reset_file(base / "global" / "1", data / "global" / "1", OsUser())
    (data / "global" / "2").write_text("changed by a server")
    (data / "global" / "deep" / "3").write_text("made by a server")
    (data / "pg_wal" / "1").hardlink_to(archive)
    (data / "standby.signal").touch()
    untouched = (data / "global" / "1").stat()
    base_backup_copies.reset_copy(base, data, OsUser())
    assert {str(file) for file in files_in(data)} == {"global/1", "global/2", "pg_wal/1"}
    assert all((data / file).read_text() == (base / file).read_text() for file in files_in(data))
    assert (data / "global" / "1").stat().st_ino == untouched.st_ino
    assert archive.read_text() == "shared, and not to be changed"
