"""`neon-sandbox --print` prints variables for other terminals and runs until a signal."""

from __future__ import annotations

import signal
import socket
import subprocess

import pytest

from tests.ports import claimed
from tests.sandbox.cli.process import TIMEOUT, CliProcess, port_of

NAMES = ["NEON_API_HOST", "NEON_API_KEY", "NEON_PROJECT_ID"]


def printed(running: CliProcess) -> list[str]:
    """Return the lines printed for a shell."""
    return [running.line() for _ in range(len(NAMES) + 1)]


def test_the_printed_lines_set_and_unset_the_variables() -> None:
    """A shell accepts the lines unchanged; the last contains the command that unsets them."""
    with CliProcess("--print") as running:
        lines = printed(running)
        socket.create_connection(("127.0.0.1", port_of(lines[0]))).close()
    *exports, unset = lines
    back = unset.removeprefix("# Back to Neon: ")
    script = "\n".join([*exports, "env", "echo ---", back, "env"])
    shell = subprocess.run(  # noqa: S603 - the lines that are tested
        ["/bin/sh", "-euc", script], env={}, capture_output=True, text=True, check=True
    )
    with_them, without = shell.stdout.split("---\n")
    for name in NAMES:
        assert f"{name}=" in with_them
        assert f"{name}=" not in without


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
)
def test_it_runs_until_a_signal(number: signal.Signals, status: int) -> None:
    """Ctrl-C is the regular end; another signal gives 128 plus its number, as in shells."""
    with claimed() as port, CliProcess("--print", "--port", str(port)) as running:
        assert port_of(printed(running)[0]) == port
        assert running.end(number) == status
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def test_it_says_where_and_when_it_is() -> None:
    """The branches and the time go to stderr, so that stdout has only lines for a shell."""
    with CliProcess("--print") as running:
        printed(running)
        running.process.send_signal(signal.SIGINT)
        _, said = running.process.communicate(timeout=TIMEOUT)
    assert "A sandbox, not Neon: project shop at http://127.0.0.1:" in said
    assert "  production " in said
    assert "  └─ development " in said
    assert "It is 2026-11-20 14:40 UTC there" in said
    assert said.endswith("Ctrl-C ends it.\n")
