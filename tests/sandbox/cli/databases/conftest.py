"""What the tests of the command with databases share."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.cli.process import COMMAND, CliProcess, eventually, finish
from tools.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class ProcessTable:
    """A machine on which no sandbox ever was, as far as its temporary files tell."""

    folder: Path

    def finish(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end on free ports."""
        return finish(*arguments, start=[*COMMAND, "--port", "0"], TMPDIR=str(self.folder))

    def running(self, *arguments: str) -> CliProcess:
        """Start the command on free ports."""
        return CliProcess(*arguments, start=[*COMMAND, "--port", "0"], TMPDIR=str(self.folder))

    @property
    def left(self) -> list[str]:
        """What lies in the folder."""
        return sorted(entry.name for entry in self.folder.iterdir())

    def processes(self) -> dict[int, str]:
        """Return the processes whose command line names the folder."""
        listed = subprocess.run(
            ["ps", "-ww", "-eo", "pid=,args="],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        found = (line.strip().partition(" ") for line in listed if str(self.folder) in line)
        return {int(pid): command for pid, _, command in found}

    def require_nothing(self) -> None:
        """Fail unless processes and files are gone, soon."""
        eventually(lambda: not self.processes(), f"left behind: {self.processes()}")
        eventually(lambda: not self.left, f"left behind: {self.left}")


@pytest.fixture
def process_table() -> Iterator[ProcessTable]:
    """Return a machine, and make sure that the test leaves nothing on it."""
    with scratch() as folder:
        yield ProcessTable(folder)
