"""`neon-sandbox --print` prints variables for other terminals and runs until a signal."""

import signal
import socket
import subprocess

import pytest

from tests.ports import claimed
from tests.sandbox.cli.process import TIMEOUT, CliProcess, port_of

NAMES = ["NEON_API_HOST", "NEON_API_KEY", "NEON_PROJECT_ID"]


def test_it_prints_lines_for_a_shell_and_says_where_and_when_it_is() -> None:
    """A shell accepts stdout unchanged; the last line contains the command that unsets them."""
    with CliProcess("--print") as running:
        *exports, unset = [running.line() for _ in range(len(NAMES) + 1)]
        socket.create_connection(("127.0.0.1", port_of(exports[0]))).close()
        running.process.send_signal(signal.SIGINT)
        more, said = running.process.communicate(timeout=TIMEOUT)
    back = unset.removeprefix("# Back to Neon: ")
    script = "\n".join([*exports, "env", "echo ---", back, "env"])
    shell = subprocess.run(  # noqa: S603 - the lines that are tested
        ["/bin/sh", "-euc", script], env={}, capture_output=True, text=True, check=True
    )
    with_them, without = shell.stdout.split("---\n")
    for name in NAMES:
        assert f"{name}=" in with_them
        assert f"{name}=" not in without
    assert more == ""
    assert "A sandbox, not Neon: project shop at http://127.0.0.1:" in said
    assert "  production " in said
    assert "  └─ development " in said
    assert "It is 2026-11-20 14:40 UTC there" in said
    assert said.endswith("Ctrl-C ends it.\n")


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
)
def test_it_runs_until_a_signal(number: signal.Signals, status: int) -> None:
    """Ctrl-C is the regular end; another signal gives 128 plus its number, as in shells."""
    with claimed() as port, CliProcess("--print", "--port", str(port)) as running:
        assert port_of(running.line()) == port
        assert running.end(number) == status
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
