"""Starts the processes of `make serve`, and ends them before it ends."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from threading import Event
from types import FrameType

from tools.docs.tree import ROOT

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Children:
    """Python modules in child processes. A signal that ends this process also ends each of them."""

    def __init__(self) -> None:
        self.is_over = Event()
        self._running: list[subprocess.Popen[str]] = []
        for number in ENDINGS:
            signal.signal(number, self._handle)

    def start(self, *command: str, stdout: int | None = None) -> subprocess.Popen[str]:
        """Start a module in a separate process group, and return the process."""
        # In the same group it would get Ctrl-C twice: from the terminal and through this process.
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            stdout=stdout,
            stderr=subprocess.STDOUT if stdout else None,
            text=True,
            start_new_session=True,
        )
        self._running = [child for child in self._running if child.poll() is None]
        self._running.append(process)
        if self.is_over.is_set():
            end(process)
        return process

    def run(self, *command: str) -> tuple[int, str]:
        """Run a module to its end; return its exit status and output."""
        process = self.start(*command, stdout=subprocess.PIPE)
        output, _ = process.communicate()
        return process.returncode, output

    def end_all(self) -> None:
        """End all running processes, and wait for them."""
        self._handle()
        for process in self._running:
            process.wait()

    def _handle(self, number: int = signal.SIGTERM, frame: FrameType | None = None) -> None:
        self.is_over.set()
        for process in self._running:
            end(process)


def end(process: subprocess.Popen[str]) -> None:
    """Send SIGTERM to the process group of a process."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
