"""`neon-sandbox` opens an interactive shell with variables that point at a sandbox."""

import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from tests.ports import claimed
from tests.sandbox.cli.process import IN_MEMORY, TIMEOUT, finish

SHELLS = [path for name in ("bash", "sh") if (path := shutil.which(name))]
PROMPT = r"\(neon-sandbox\) "
CONTROL_C, CONTROL_D = b"\x03", b"\x04"


class Terminal:
    """A pseudo-terminal in which the command runs."""

    def __init__(self, shell: str, home: Path, *arguments: str) -> None:
        outer, inner = pty.openpty()
        self.screen = os.fdopen(outer, "r+b", buffering=0)
        # A dumb terminal shows only the end of a prompt that is too long for it, and the path of a
        # checkout makes the prompt long.
        termios.tcsetwinsize(inner, (24, 1000))
        self.seen = ""
        settings = {"HOME": str(home), "SHELL": shell, "TERM": "dumb"}
        self.process = subprocess.Popen(  # noqa: S603 - this project's own command
            [*IN_MEMORY, *arguments],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env={**settings, "PATH": os.environ["PATH"]},
            # Makes it the controlling terminal, so that keys such as Ctrl-C arrive as signals.
            preexec_fn=lambda: os.login_tty(inner),
        )
        os.close(inner)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.screen.close()

    def type(self, keys: bytes) -> None:
        """Send keys to the terminal."""
        self.screen.write(keys)

    def see(self, pattern: str) -> None:
        """Wait for output that matches, and discard the output up to the end of the match."""
        deadline = time.monotonic() + TIMEOUT
        while (found := re.search(pattern, self.seen)) is None:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.screen], [], [], max(left, 0))
            assert ready, f"{pattern!r} did not show in {self.seen!r}"
            try:
                self.seen += self.screen.read(4096).decode()
            except OSError:
                raise AssertionError(f"{pattern!r} did not show in {self.seen!r}") from None
        self.seen = self.seen[found.end() :]


@pytest.fixture(params=SHELLS)
def terminal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    """Return a terminal in which the command runs with one of the shells."""
    (tmp_path / ".bashrc").write_text("PS1='mine> '\nalias greet='echo hello'\n")
    with Terminal(request.param, tmp_path) as terminal:
        yield terminal


def test_a_shell_is_opened_and_its_end_is_the_end(terminal: Terminal) -> None:
    terminal.see(r"A sandbox, not Neon")
    terminal.see(PROMPT)
    terminal.type(b"echo at $NEON_API_HOST for $NEON_PROJECT_ID\n")
    terminal.see(r"at http://127.0.0.1:\d+/api/v2 for sandbox-shop-00000000")
    terminal.type(b"exit 5\n")
    assert terminal.process.wait(TIMEOUT) == 5


def test_ctrl_c_is_the_shells(terminal: Terminal) -> None:
    """Ctrl-C ends the program in the shell, and neither the shell nor the sandbox."""
    terminal.see(PROMPT)
    terminal.type(b"sh -c 'echo go; exec sleep 60'\n")
    terminal.see(r"\ngo\r\n")
    terminal.type(CONTROL_C)
    terminal.see(PROMPT)
    terminal.type(b"kill -0 $PPID && echo still there\n")
    terminal.see(r"\nstill there\r\n[^\n]*\(neon-sandbox\) ")
    terminal.type(CONTROL_D)
    assert terminal.process.wait(TIMEOUT) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_shell_too(terminal: Terminal, number: signal.Signals) -> None:
    """The shell gets SIGHUP instead, because an interactive shell ignores some signals."""
    terminal.see(PROMPT)
    assert terminal.process.poll() is None
    terminal.process.send_signal(number)
    assert terminal.process.wait(TIMEOUT) == 128 + signal.SIGHUP


@pytest.mark.parametrize("shell", SHELLS)
def test_closing_the_terminal_ends_everything(shell: str, tmp_path: Path) -> None:
    with claimed() as port, Terminal(shell, tmp_path, "--port", str(port)) as terminal:
        terminal.see(rf"http://127.0.0.1:{port}/")
        terminal.see(PROMPT)
        terminal.screen.close()
        terminal.process.wait(TIMEOUT)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def test_requests_and_changes_show_in_the_terminal(terminal: Terminal) -> None:
    terminal.see(PROMPT)
    terminal.type(
        b'curl -s -o /dev/null -X PATCH -H "authorization: Bearer $NEON_API_KEY" '
        b'-H \'content-type: application/json\' -d \'{"branch": {"name": "dev"}}\' '
        b'"$NEON_API_HOST/projects/$NEON_PROJECT_ID/branches/br-shop-development-00000002"\n'
    )
    terminal.see(r"14:40:\d\d PATCH /branches/br-shop-development-00000002 → 200\r\n")
    terminal.see(r"14:40:\d\d   ~ └─ dev +br-shop-development-00000002, ready")


def test_ctrl_c_reaches_a_command_once(tmp_path: Path) -> None:
    """The terminal sends it to both processes, so it is not forwarded, and ends nothing else."""
    counting = """
import signal, sys, time
came = []
signal.signal(signal.SIGINT, lambda *_: came.append(1))
print("ready", flush=True)
while not came:
    time.sleep(0.01)
time.sleep(0.3)
sys.exit(len(came))
"""
    command = ("run", "--", sys.executable, "-c", counting)
    with Terminal("/bin/sh", tmp_path, *command) as terminal:
        terminal.see(r"ready\r\n")
        terminal.type(CONTROL_C)
        assert terminal.process.wait(TIMEOUT) == 1


@pytest.mark.parametrize("terminal", [shutil.which("bash")], indirect=True)
def test_bash_reads_the_users_own_file(terminal: Terminal) -> None:
    terminal.see(PROMPT + "mine> ")
    terminal.type(b"greet; ls /proc/self/fd\n")
    terminal.see(r"\nhello\r\n0  1  2  3\r\n[^\n]*mine> ")
    terminal.type(CONTROL_D)
    assert terminal.process.wait(TIMEOUT) == 0


def test_zsh_has_the_hint_at_the_right(tmp_path: Path) -> None:
    """The start files of zsh set the prompt, and rarely the right prompt."""
    fake = tmp_path / "zsh"
    fake.write_text('#!/bin/sh\necho "$RPROMPT at $NEON_PROJECT_ID"\n')
    fake.chmod(0o755)
    assert finish(SHELL=str(fake)).stdout == "(neon-sandbox) at sandbox-shop-00000000\n"


def test_commands_can_come_from_a_pipe() -> None:
    """Without a terminal the shell reads its commands from standard input."""
    ran = finish(stdin="echo $NEON_PROJECT_ID\nexit 4\n", SHELL="/bin/sh")
    assert (ran.stdout, ran.returncode) == ("sandbox-shop-00000000\n", 4)


def test_a_missing_shell_is_replaced() -> None:
    """If SHELL does not name a program, ``/bin/sh`` is used."""
    ran = finish(stdin="echo $0\n", SHELL="/no/such/shell")
    assert ran.stdout == "/bin/sh\n"
