"""However a sandbox ends, nothing of it is left; what is alive, or another's, is left alone."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.cli.started import PATIENCE, eventually, port_of

if TYPE_CHECKING:
    from tests.sandbox.cli.databases.conftest import Machine


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_nothing(machine: Machine, number: signal.Signals) -> None:
    """The servers are ended and the directory removed before the command returns."""
    with machine.running("--print") as running:
        port_of(running.line())
        running.end(number)
        assert (machine.processes(), machine.left) == ({}, [])


@pytest.mark.parametrize("delay", [0.2, 0.6, 1.2])
def test_a_signal_while_it_starts_leaves_nothing(machine: Machine, delay: float) -> None:
    """What was begun is brought to an end that can be tidied up."""
    with machine.running("--print") as running:
        time.sleep(delay)
        # The earliest one may come before there is anything to tidy up.
        assert running.end(signal.SIGTERM) in {128 + signal.SIGTERM, -signal.SIGTERM}
    machine.require_nothing()


@pytest.mark.parametrize("delay", [0.5, 0.9, 1.5, 2.2])
def test_ctrl_c_while_it_starts_leaves_nothing(machine: Machine, delay: float) -> None:
    """The terminal sends it to every program that is being started, and none fails of it."""
    with machine.running("--print") as running:
        time.sleep(delay)
        os.killpg(running.process.pid, signal.SIGINT)
        # As above: while Python itself is still starting, it is simply ended.
        assert running.process.wait(PATIENCE) in {0, 128 + signal.SIGINT, -signal.SIGINT}
        _, said = running.process.communicate()
    assert "neon-sandbox:" not in said
    machine.require_nothing()


def test_a_kill_leaves_nothing(machine: Machine) -> None:
    """Killed without a chance to do anything, it is tidied up behind at once."""
    with machine.running("--print") as running:
        port_of(running.line())
        running.end(signal.SIGKILL)
    machine.require_nothing()


def test_what_was_left_after_all_goes_with_the_next_start(machine: Machine) -> None:
    """Where even the watcher was killed, the next sandbox tidies up, and starts."""
    with machine.running("--print") as running:
        port_of(running.line())
        (watcher,) = [pid for pid, line in machine.processes().items() if "watchdog.py" in line]
        os.kill(watcher, signal.SIGKILL)
        running.end(signal.SIGKILL)
    (left,) = machine.left
    assert any("postgres" in line for line in machine.processes().values())
    ran = machine.finish("run", "--", "ls", str(machine.folder))
    assert ran.returncode == 0, ran.stderr
    assert left not in ran.stdout
    said = f"Tidied up behind a sandbox that was killed: {machine.folder / left}"
    assert said in ran.stderr.splitlines()
    machine.require_nothing()


def test_a_chosen_directory_is_found_by_the_next_start_too(machine: Machine) -> None:
    """It is known wherever it lies, and is tidied up by a start that names none."""
    chosen = machine.folder / "chosen"
    with machine.running("--data", str(chosen), "--print") as running:
        port_of(running.line())
        (watcher,) = [pid for pid, line in machine.processes().items() if "watchdog.py" in line]
        os.kill(watcher, signal.SIGKILL)
        running.end(signal.SIGKILL)
    assert chosen.exists()
    ran = machine.finish("run", "--", "true")
    assert ran.returncode == 0, ran.stderr
    said = f"Tidied up behind a sandbox that was killed: {chosen}"
    assert said in ran.stderr.splitlines()
    machine.require_nothing()


def test_a_directory_can_be_chosen_and_kept(machine: Machine) -> None:
    """It is where it was asked for, stays, and is not taken for a leftover or written over."""
    chosen = machine.folder / "chosen"
    kept = machine.finish("--data", str(chosen), "--keep", "run", "--", "true")
    assert kept.returncode == 0, kept.stderr
    assert kept.stderr.endswith(
        f"The databases are kept in {chosen}: remove it when you are done.\n"
    )
    assert machine.processes() == {}
    again = machine.finish("--data", str(chosen), "run", "--", "true")
    assert again.returncode == 125
    assert f"{chosen} holds a sandbox that was kept" in again.stderr
    assert machine.left == ["chosen"]


def test_a_directory_of_somebody_elses_files_is_left_alone(machine: Machine) -> None:
    """What no sandbox made is refused, and not removed."""
    chosen = machine.folder / "chosen"
    chosen.mkdir()
    (chosen / "letter.txt").write_text("dear")
    ran = machine.finish("--data", str(chosen), "run", "--", "true")
    assert ran.returncode == 125
    assert f"{chosen} is not empty" in ran.stderr
    assert (chosen / "letter.txt").read_text() == "dear"
    assert machine.left == ["chosen"]


def test_a_failed_command_leaves_nothing(machine: Machine) -> None:
    """Its status comes through, after everything is gone."""
    assert machine.finish("run", "--", "sh", "-c", "kill -9 $$").returncode == 137
    assert (machine.processes(), machine.left) == ({}, [])


def test_a_command_that_outlives_its_sandbox_keeps_nothing_of_it(machine: Machine) -> None:
    """A process in the background does not hold the servers or the directory."""
    ran = machine.finish("run", "--", "sh", "-c", "sleep 3 >/dev/null 2>&1 &")
    assert ran.returncode == 0, ran.stderr
    eventually(lambda: not machine.processes(), "the servers live on")
    assert machine.left == []
