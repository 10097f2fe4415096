"""SQL, the API and the restores of a sandbox have one clock."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
import pytest

from neon_sandbox import ShiftedClock, SteppedClock
from neon_sandbox.cli import sandbox as cli
from neon_sandbox.cli.options import Options
from neon_sandbox.points import write_instant
from neon_sandbox.storage.postgres import server_clock
from tests.sandbox.postgres.harness import Harness, live_harness, stepped_harness
from tools import clock_library
from tools.docs import requirements
from tools.docs.tree import ROOT

# Postgres computes these in different places: functions, a parse node, an input function.
SHOWN = (
    "now()",
    "clock_timestamp()",
    "current_timestamp",
    "'now'::timestamptz",
    "timeofday()::timestamptz",
    "uuid_extract_timestamp(uuidv7())",
)
# As the page "The sandbox" notes a time.
NOW = "SELECT to_json(clock_timestamp()) #>> '{}'"


def present() -> AbstractContextManager[Harness]:
    """Open the incident as ``neon-sandbox --now`` does."""
    clock = ShiftedClock()
    return live_harness(clock=clock, end=clock.now())


MODES = pytest.mark.parametrize("mode", [live_harness, stepped_harness, present])


def with_psql(harness: Harness, sql: str) -> str:
    """Run a statement in psql; return what it prints."""
    command = ["psql", "-XAtq", harness.uri("production"), "-c", sql]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


def with_psycopg(harness: Harness, sql: str) -> str:
    """Run a statement in psycopg; return the first value."""
    with psycopg.connect(harness.uri("production")) as connection:
        cursor = connection.execute(sql.encode())
        return str((cursor.fetchone() or [""])[0]) if cursor.description else ""


@MODES
def test_sql_shows_the_time_of_the_api(
    mode: Callable[[], AbstractContextManager[Harness]],
) -> None:
    with mode() as harness:
        past = f"neon_timestamp:{write_instant(harness.sandbox.instant('14:31:00'))}"
        for options in ("", past):
            before = harness.sandbox.clock.now() - timedelta(milliseconds=1)
            with psycopg.connect(harness.uri("production", past=options)) as connection:
                shown = connection.execute(f"SELECT {', '.join(SHOWN)}".encode()).fetchone()
            after = harness.sandbox.clock.now()
            assert shown is not None
            assert {name: before <= at <= after for name, at in zip(SHOWN, shown, strict=True)} == (
                dict.fromkeys(SHOWN, True)
            )


@MODES
@pytest.mark.parametrize(
    "run", [with_psycopg, pytest.param(with_psql, marks=pytest.mark.needs("psql"))]
)
def test_own_rows_come_back_from_a_time_that_sql_gave(
    mode: Callable[[], AbstractContextManager[Harness]], run: Callable[[Harness, str], str]
) -> None:
    """The rows, a default and the branch say the time of the commit on one clock."""
    with mode() as harness:
        run(harness, "CREATE TABLE mine (id integer, made timestamptz DEFAULT now())")
        run(harness, "INSERT INTO mine SELECT generate_series(1, 5)")
        committed = harness.locate("production").time
        noted = run(harness, NOW)
        if isinstance(harness.sandbox.clock, SteppedClock):
            # It stands still, and so does SQL: without a step, both happen at one time.
            harness.sandbox.clock.sleep(1)
        run(harness, "DELETE FROM mine")
        harness.rewind(noted)
        assert run(harness, "SELECT count(*) FROM mine") == "5"
        made = harness.query("production", "SELECT min(made) FROM mine")
        assert timedelta() <= committed - made < timedelta(seconds=1)
        assert committed <= datetime.fromisoformat(noted)


def test_a_stepped_clock_moves_a_running_server() -> None:
    with stepped_harness() as harness:
        clock = harness.clock
        with psycopg.connect(harness.uri("production"), autocommit=True) as connection:
            for hours in (0, 1, 25):
                clock.advance(timedelta(hours=hours))
                assert connection.execute("SELECT now()").fetchone() == (clock.now(),)


@pytest.mark.parametrize("broken", ["missing", "no library", "ends its program"])
def test_without_the_library_commits_are_mapped(broken: str, tmp_path: Path) -> None:
    """SQL shows the machine's time then, which the sandbox knows; its own times can be restored."""
    kind = f"{sys.platform}-{platform.machine()}"
    if broken == "no library":
        (tmp_path / kind).write_text("nothing to load")
    elif broken == "ends its program":
        # Its first call goes to a function that does not exist.
        library = (server_clock.LIBRARIES / kind).read_bytes()
        (tmp_path / kind).write_bytes(library.replace(b"mmap\0", b"none\0"))
    with (
        mock.patch.object(server_clock, "LIBRARIES", tmp_path),
        live_harness() as harness,
    ):
        assert not harness.storage.clock.agrees
        assert abs(harness.query("production", "SELECT now()") - datetime.now(UTC)) < timedelta(
            seconds=10
        )
        harness.run("production", "CREATE TABLE mine ()")
        age = harness.sandbox.clock.now() - harness.locate("production").time
        assert timedelta() <= age < timedelta(seconds=10)


def test_a_sandbox_on_the_present_ends_its_incident_now() -> None:
    with cli.sandbox(Options(0, memory=True, now=True), say=print, show=print) as server:
        sandbox = server.sandbox
        age = datetime.now(UTC) - sandbox.end
        assert timedelta() <= age < timedelta(seconds=10)
        found = sandbox.storage.locate(sandbox.branch("production").id, sandbox.end)
        assert found is not None
        assert sandbox.end - found.time == timedelta(minutes=7)


def test_the_libraries_are_as_the_tool_left_them() -> None:
    """None has changed since, nor what they are made from."""
    found = clock_library.digests()
    assert found == clock_library.DIGESTS.read_text("utf-8"), "make clock WRITE=1"
    listed = {path.name for path in clock_library.LIBRARIES.iterdir()}
    assert listed == {"clock.c", *clock_library.TARGETS}


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        ({"FLAGS": ("-shared",)}, ["inputs"]),
        ({"TARGETS": dict.fromkeys(clock_library.TARGETS, "x86_64-linux-gnu.2.31")}, ["inputs"]),
        ({"PIN": "ziglang==0.16.0"}, ["inputs"]),
        ({"clock.c": b"int none;"}, ["inputs"]),
        ({"linux-x86_64": b"another library"}, ["linux-x86_64"]),
    ],
    ids=lambda changed: "".join(changed),
)
def test_a_change_changes_the_digests(
    changed: dict[str, Any], lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(clock_library.LIBRARIES, tmp_path / "libraries")
    before = clock_library.digests(folder).splitlines()
    for name, value in changed.items():
        if isinstance(value, bytes):
            (folder / name).write_bytes(value)
        elif name == "PIN":
            (tmp_path / "pin.txt").write_text(value)
            monkeypatch.setattr(clock_library, name, tmp_path / "pin.txt")
        else:
            monkeypatch.setattr(clock_library, name, value)
    after = clock_library.digests(folder).splitlines()
    assert [line.split()[1] for line in set(after) - set(before)] == lines


@pytest.mark.needs("ziglang")
def test_the_libraries_are_what_their_source_compiles_to() -> None:
    ended = requirements.run([sys.executable, "-m", "tools.clock_library"], ROOT, os.environ)
    assert ended.status == 0, ended.out + ended.err
