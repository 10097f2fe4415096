"""Fixtures of the tests of the command on Postgres."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sandbox.cli import process
from tests.sandbox.cli.process import ON_POSTGRES, CliProcess, eventually, port_of
from tools.scratch import scratch


@dataclass(frozen=True)
class ProcessTable:
    """A directory for the temporary files of sandboxes, and the processes that use it."""

    folder: Path

    def finish(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end on free ports."""
        return process.finish(*arguments, start=ON_POSTGRES, TMPDIR=str(self.folder))

    def run(self, *command: str, options: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """Run a command in a sandbox; both must succeed."""
        ran = self.finish(*options, "run", "--", *command)
        assert ran.returncode == 0, ran.stderr
        return ran

    def running(self, *options: str) -> CliProcess:
        """Start the command on free ports."""
        return CliProcess(*options, "--print", start=ON_POSTGRES, TMPDIR=str(self.folder))

    def kill(self, running: CliProcess) -> None:
        """Kill a started command and its watchdog, so that nothing cleans up."""
        port_of(running.line())
        (watchdog,) = [pid for pid, line in self.processes().items() if "watchdog.py" in line]
        os.kill(watchdog, signal.SIGKILL)
        running.end(signal.SIGKILL)

    @property
    def left(self) -> list[str]:
        """The names of the entries in the directory."""
        return sorted(entry.name for entry in self.folder.iterdir())

    def processes(self) -> dict[int, str]:
        """Return the processes that name the directory in their command lines."""
        return process.processes(self.folder)

    def require_nothing(self) -> None:
        """Wait until all processes and files are gone; fail if some remain."""
        eventually(lambda: not self.processes(), f"left behind: {self.processes()}")
        eventually(lambda: not self.left, f"left behind: {self.left}")


@pytest.fixture
def process_table() -> Iterator[ProcessTable]:
    """Return a process table on an empty directory, which is removed after the test."""
    with scratch() as folder:
        yield ProcessTable(folder)
