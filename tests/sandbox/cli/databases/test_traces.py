"""Cleanup after a sandbox, however it ends; running sandboxes and foreign files are left alone."""

import os
import signal
import time

import pytest

from tests.sandbox.cli.databases.conftest import ProcessTable
from tests.sandbox.cli.process import TIMEOUT, eventually, port_of


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_nothing(process_table: ProcessTable, number: signal.Signals) -> None:
    """The servers end and the directory is removed before the command exits."""
    with process_table.running() as running:
        port_of(running.line())
        running.end(number)
        assert (process_table.processes(), process_table.left) == ({}, [])


@pytest.mark.parametrize("delay", [0.2, 0.6, 1.2])
def test_a_signal_while_it_starts_leaves_nothing(process_table: ProcessTable, delay: float) -> None:
    """The signal does not interrupt the start, so that everything started is cleaned up."""
    with process_table.running() as running:
        time.sleep(delay)
        # The earliest one may arrive before the handler is installed, with nothing to clean up.
        assert running.end(signal.SIGTERM) in {128 + signal.SIGTERM, -signal.SIGTERM}
    process_table.require_nothing()


@pytest.mark.parametrize("delay", [0.5, 0.9, 1.5, 2.2])
def test_ctrl_c_while_it_starts_leaves_nothing(process_table: ProcessTable, delay: float) -> None:
    """The terminal also sends it to the programs being started, and no error is reported."""
    with process_table.running() as running:
        time.sleep(delay)
        os.killpg(running.process.pid, signal.SIGINT)
        # As above: while Python itself is still starting, the signal ends it.
        assert running.process.wait(TIMEOUT) in {0, 128 + signal.SIGINT, -signal.SIGINT}
        _, said = running.process.communicate()
    assert "neon-sandbox:" not in said
    process_table.require_nothing()


def test_a_kill_leaves_nothing(process_table: ProcessTable) -> None:
    """After SIGKILL, the watchdog cleans up at once."""
    with process_table.running() as running:
        port_of(running.line())
        running.end(signal.SIGKILL)
    process_table.require_nothing()


@pytest.mark.parametrize("is_chosen", [False, True])
def test_what_was_left_after_all_goes_with_the_next_start(
    process_table: ProcessTable, is_chosen: bool
) -> None:
    """The watchdog was killed too; a start without ``--data`` also finds a directory it named."""
    chosen = process_table.folder / "chosen"
    with process_table.running(*(["--data", str(chosen)] if is_chosen else [])) as running:
        process_table.kill(running)
    left = chosen if is_chosen else process_table.folder / process_table.left[0]
    assert left.exists()
    # A link is the entry of a chosen directory.
    assert len(process_table.left) == (2 if is_chosen else 1)
    assert any("postgres" in line for line in process_table.processes().values())
    ran = process_table.run("ls", str(process_table.folder))
    assert left.name not in ran.stdout
    assert f"Removed what a killed sandbox had left: {left}" in ran.stderr.splitlines()
    process_table.require_nothing()


def test_a_directory_can_be_chosen_and_kept(process_table: ProcessTable) -> None:
    chosen = process_table.folder / "chosen"
    kept = process_table.run("true", options=["--data", str(chosen), "--keep"])
    told = f"The databases are kept in {chosen}: remove it when you are done.\n"
    assert kept.stderr.endswith(told)
    assert process_table.processes() == {}
    again = process_table.finish("--data", str(chosen), "run", "--", "true")
    assert again.returncode == 125
    assert f"{chosen} holds a sandbox that was kept" in again.stderr
    assert process_table.left == ["chosen"]


def test_a_directory_of_somebody_elses_files_is_left_alone(process_table: ProcessTable) -> None:
    chosen = process_table.folder / "chosen"
    chosen.mkdir()
    (chosen / "letter.txt").write_text("dear")
    ran = process_table.finish("--data", str(chosen), "run", "--", "true")
    assert ran.returncode == 125
    assert f"{chosen} is not empty" in ran.stderr
    assert (chosen / "letter.txt").read_text() == "dear"
    assert process_table.left == ["chosen"]


def test_a_failed_command_leaves_nothing(process_table: ProcessTable) -> None:
    assert process_table.finish("run", "--", "sh", "-c", "kill -9 $$").returncode == 137
    assert (process_table.processes(), process_table.left) == ({}, [])


def test_a_command_that_outlives_its_sandbox(process_table: ProcessTable) -> None:
    """A background process of the command keeps neither the servers nor the directory."""
    process_table.run("sh", "-c", "sleep 3 >/dev/null 2>&1 &")
    eventually(lambda: not process_table.processes(), "the servers live on")
    assert process_table.left == []
