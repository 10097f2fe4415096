"""Runs the `neon-sandbox` command in a separate process."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

COMMAND = [sys.executable, "-m", "neon_sandbox"]
IN_MEMORY = [*COMMAND, "--memory", "--port", "0"]
ON_POSTGRES = [*COMMAND, "--port", "0"]
TIMEOUT = 60.0


def finish(
    *arguments: str, start: Sequence[str] = IN_MEMORY, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(  # noqa: S603 - this project's own command
        [*start, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
        env={**os.environ, **environment},
    )


class CliProcess:
    """The running command, which is terminated at the end of the ``with`` if it still runs."""

    def __init__(
        self, *arguments: str, start: Sequence[str] = IN_MEMORY, **environment: str
    ) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - this project's own command
            [*start, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
            # Without a terminal: at one, the command leaves it to the terminal to send Ctrl-C.
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.communicate(timeout=TIMEOUT)

    def line(self) -> str:
        """Return the next line of its standard output."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def end(self, number: int) -> int:
        """Send a signal, wait for the end, and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(TIMEOUT)


def port_of(line: str) -> int:
    """Return the port in a line with the API's address."""
    found = re.search(r"http://127\.0\.0\.1:(\d+)/api/v2", line)
    assert found, line
    return int(found[1])


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait until ``holds`` returns true; fail with the message ``what`` after `TIMEOUT` seconds."""
    deadline = time.monotonic() + TIMEOUT
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def ps(*columns: str) -> list[list[str]]:
    """Return columns of all processes on this machine; only the last may contain spaces."""
    listed = subprocess.run(  # noqa: S603 - a list of processes
        ["ps", "-ww", "-eo", ",".join(f"{column}=" for column in columns)],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.split(maxsplit=len(columns) - 1) for line in listed.stdout.splitlines()]


def processes(path: Path) -> dict[int, str]:
    """Return the command lines that name a path, by the ids of the processes."""
    return {int(pid): command for pid, command in ps("pid", "args") if str(path) in command}
