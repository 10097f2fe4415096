"""Fixtures of the tests of the command on Postgres."""

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
    """A directory for the temporary files of sandboxes, and the processes that use it."""

    folder: Path

    def finish(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end on free ports."""
        return finish(*arguments, start=[*COMMAND, "--port", "0"], TMPDIR=str(self.folder))

    def running(self, *arguments: str) -> CliProcess:
        """Start the command on free ports."""
        return CliProcess(*arguments, start=[*COMMAND, "--port", "0"], TMPDIR=str(self.folder))

    @property
    def left(self) -> list[str]:
        """The names of the entries in the directory."""
        return sorted(entry.name for entry in self.folder.iterdir())

    def processes(self) -> dict[int, str]:
        """Return the processes that name the directory in their command lines."""
        listed = subprocess.run(
            ["ps", "-ww", "-eo", "pid=,args="],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        found = (line.strip().partition(" ") for line in listed if str(self.folder) in line)
        return {int(pid): command for pid, _, command in found}

    def require_nothing(self) -> None:
        """Wait until all processes and files are gone; fail if some remain."""
        eventually(lambda: not self.processes(), f"left behind: {self.processes()}")
        eventually(lambda: not self.left, f"left behind: {self.left}")


@pytest.fixture
def process_table() -> Iterator[ProcessTable]:
    """Return a process table on an empty directory, which is removed after the test."""
    with scratch() as folder:
        yield ProcessTable(folder)
