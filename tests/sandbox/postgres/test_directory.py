"""The storage's directory and processes: nothing is left behind, and no live storage is touched."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from neon_sandbox import ShiftedClock, incident
from neon_sandbox.scenario import instant
from neon_sandbox.storage.postgres import PostgresStorage, StorageError, clean_up
from neon_sandbox.storage.postgres.binaries import OsUser
from neon_sandbox.storage.postgres.watchdog import servers
from tests.ports import claimed
from tests.sandbox.cli.process import ON_POSTGRES, CliProcess, port_of, processes
from tests.sandbox.harness import PRODUCTION
from tools.scratch import scratch


@pytest.fixture
def directory() -> Iterator[Path]:
    """Return a path for a storage's directory."""
    with scratch() as folder:
        yield folder / "sandbox"


def open_storage(directory: Path, *, keep: bool = False, first_port: int = 0) -> PostgresStorage:
    """Open an empty storage."""
    clock = ShiftedClock(instant("14:40:00"))
    return PostgresStorage(directory, clock=clock, keep=keep, first_port=first_port)


def require_refusal(directory: Path, message: str) -> None:
    """Require that neither a new storage nor a cleanup accepts a directory."""
    for use in (open_storage, clean_up):
        with pytest.raises(StorageError, match=message):
            use(directory)


def require_nothing(directory: Path) -> None:
    """Require that no process uses a directory, and that it does not exist."""
    assert processes(directory) == {}
    assert not directory.exists()


@pytest.fixture
def owner(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """Return a separate process that owns a storage."""
    arguments = ("--data", str(directory), "--print")
    with CliProcess(*arguments, start=ON_POSTGRES, TMPDIR=str(directory.parent)) as owner:
        port_of(owner.line())
        yield owner.process


def test_closing_leaves_nothing(directory: Path) -> None:
    """Also at once, while the first cluster is still being created."""
    open_storage(directory).close()
    require_nothing(directory)
    with open_storage(directory) as storage:
        incident(storage=storage)
        assert len(processes(directory)) >= 3
    require_nothing(directory)


def test_a_next_start_works(directory: Path, owner: subprocess.Popen[str]) -> None:
    """In the same directory, whether or not the watchdog has finished by then."""
    owner.kill()
    owner.wait()
    with open_storage(directory) as storage:
        incident(storage=storage)
        assert storage.locate(PRODUCTION, None) is not None


def test_a_directory_in_use_is_left_alone(directory: Path, owner: subprocess.Popen[str]) -> None:
    # Only the servers: Postgres starts and ends other processes by itself.
    before = set(servers(directory))
    require_refusal(directory, f"is in use by process {owner.pid}")
    assert before
    assert set(servers(directory)) == before <= processes(directory).keys()


def test_somebody_elses_directory_is_left_alone(directory: Path) -> None:
    directory.mkdir()
    (directory / "thesis.txt").write_text("years of work")
    require_refusal(directory, "not made by a sandbox")
    assert [entry.name for entry in directory.iterdir()] == ["thesis.txt"]


def test_there_is_nothing_to_tidy_up_where_there_is_nothing(directory: Path) -> None:
    assert not clean_up(directory)
    directory.mkdir()
    assert not clean_up(directory)
    assert directory.exists()


def test_a_kept_directory_stays(directory: Path) -> None:
    with open_storage(directory, keep=True) as storage:
        incident(storage=storage)
    assert processes(directory) == {}
    assert len(list((directory / "servers").glob("*/PG_VERSION"))) == 2
    require_refusal(directory, "holds a sandbox that was kept")
    assert (directory / "servers").exists()


def test_sockets_of_a_long_path(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system limits the length of their paths: they go to /tmp, not TMPDIR, and are removed."""
    long = directory.parent / ("long" * 25)
    monkeypatch.setattr("tempfile.tempdir", str(directory.parent / ("temporary" * 12)))
    with open_storage(long) as storage:
        incident(storage=storage)
        elsewhere = (long / "sockets").resolve()
        assert not elsewhere.is_relative_to(long.resolve())
        assert storage.socket_of(PRODUCTION) is not None
    assert not long.exists()
    assert not elsewhere.exists()


def test_the_directory_above_must_exist(directory: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot make the directory .*: No such file"):
        open_storage(directory / "deeper")


@pytest.mark.parametrize(
    ("function", "result", "error", "message"),
    [
        (
            "shutil.disk_usage",
            SimpleNamespace(free=5 * 2**20),
            StorageError,
            "has room for 5 MB, and a sandbox needs 200 MB",
        ),
        # Started by root, Postgres runs as nobody, which may not enter root's home directory.
        (f"{OsUser.__module__}.OsUser.can_enter", False, StorageError, "cannot enter"),
        # In a container that was started with a numeric user id, initdb would fail.
        (
            "os.geteuid",
            4_000_000_000,
            StorageError,
            r"user 4000000000 has none.*neon-sandbox --memory",
        ),
        ("importlib.util.find_spec", None, ImportError, r"pip install 'neon-restore\[sandbox\]'"),
    ],
    ids=["full disk", "no entry for Postgres", "user without a name", "missing wheel"],
)
def test_an_obstacle_is_noticed_before_the_start(
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    function: str,
    result: object,
    error: type[Exception],
    message: str,
) -> None:
    monkeypatch.setattr(function, lambda *_: result)
    with pytest.raises(error, match=message):
        open_storage(directory)
    assert not directory.exists()


def test_a_wheel_out_of_reach_is_copied(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating-system user of Postgres may not read a wheel below root's home directory."""
    monkeypatch.setattr(OsUser, "can_run", lambda *_: False)
    with open_storage(directory) as storage:
        incident(storage=storage)
        assert processes(directory / "postgres")


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
    with open_storage(directory) as storage:
        incident(storage=storage)
        for file in (directory / "copies").glob("*/postgresql.conf"):
            file.write_text("nonsense = on\n")
        position = storage.locate(PRODUCTION, instant("14:30:00"))
        assert position is not None
        job = storage.start_ephemeral("visit", PRODUCTION, position)
        while (outcome := job.outcome()) is None:
            time.sleep(0.01)
        assert "a Postgres server ended" in outcome.error
        assert 'unrecognized configuration parameter "nonsense"' in outcome.error
        with pytest.raises(StorageError):
            storage.ephemeral_socket("visit")
