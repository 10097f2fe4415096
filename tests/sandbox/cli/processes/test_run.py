"""`neon-sandbox run` behaves like the command that it runs, with a sandbox around it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from neon_sandbox.cli import child_process, main, signals
from neon_sandbox.cli.child_process import ChildProcess
from neon_sandbox.cli.options import Options
from neon_sandbox.cli.sandbox import sandbox
from neon_sandbox.cli.signals import SignalHandler
from neon_sandbox.scenario import API_KEY
from neon_sandbox.server.http import HttpServer
from tests.ports import claimed
from tests.sandbox.cli.process import COMMAND, IN_MEMORY, CliProcess, finish, port_of

# Prints the status and the date of a response, and the environment.
ASK = """
import json, os, urllib.request
url = os.environ["NEON_API_HOST"] + "/projects/" + os.environ["NEON_PROJECT_ID"]
key = {"authorization": "Bearer " + os.environ["NEON_API_KEY"]}
with urllib.request.urlopen(urllib.request.Request(url, headers=key)) as answer:
    print(json.dumps([answer.status, answer.headers["date"], dict(os.environ)]))
"""
# Prints that it is ready, and which signal ended it. It has no handlers: a handler may interrupt a
# `print`, which then fails, and a signal right before a sleep does not end the sleep.
WAIT = """
import os, signal, sys
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
print(os.environ["NEON_API_HOST"], flush=True)
print("ended by", signal.Signals(signal.sigwait(ENDING)).name, flush=True)
sys.exit(7)
"""


def run(program: str, *options: str) -> list[str]:
    """Return the arguments that run a Python program."""
    return [*options, "run", "--", sys.executable, "-c", program]


def test_the_command_finds_the_sandbox_in_three_added_variables() -> None:
    """They point to an API; its clock starts at 14:40 UTC, after the incident."""
    given = {"HOME": "/", "PS1": "$ ", "NEON_API_KEY": "the real one"}
    ran = finish(*run(ASK), **given)
    assert ran.returncode == 0, ran.stderr
    status, date, seen = json.loads(ran.stdout)
    assert status == 200
    assert date.startswith("Fri, 20 Nov 2026 14:40:0")
    assert seen.pop("NEON_API_HOST").startswith("http://127.0.0.1:")
    assert seen.pop("NEON_API_KEY") not in {"the real one", API_KEY}
    assert seen.pop("NEON_PROJECT_ID") == "sandbox-shop-00000000"
    assert seen | {"NEON_API_KEY": "the real one"} == {**os.environ, **given}


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("exit 0", 0),
        ("exit 1", 1),
        ("exit 42", 42),
        # 128 plus the signal's number, as in a shell.
        ("kill -TERM $$", 143),
        ("kill -KILL $$", 137),
        ("kill -SEGV $$", 139),
    ],
)
def test_the_exit_status_is_the_commands(end: str, status: int) -> None:
    assert finish("run", "--", "sh", "-c", end).returncode == status


def test_input_and_output_are_the_commands() -> None:
    ran = finish("run", "--", "cat", stdin="one\ntwo\n")
    assert (ran.stdout, ran.stderr, ran.returncode) == ("one\ntwo\n", "", 0)


def test_its_arguments_stay_as_they_are() -> None:
    """A second ``--`` belongs to the command, and so do options that `neon-sandbox` also has."""
    assert finish("run", "--", "printf", "%s|", "--port", "--", "a b").stdout == "--port|--|a b|"


def test_options_are_taken_before_and_after_run() -> None:
    started = [*COMMAND, "--memory", "run", "--port", "0", "--", "true"]
    assert finish(start=started).returncode == 0


@pytest.mark.parametrize(
    ("program", "status", "message"),
    [
        ("no-such-program", 127, "no-such-program was not found"),
        ("./no-such-program", 127, "./no-such-program was not found"),
        ("/", 126, "/ cannot be run"),
    ],
)
def test_a_command_that_cannot_run_is_told_at_once(program: str, status: int, message: str) -> None:
    """The status is 126 or 127, as in a shell, and no sandbox is started."""
    ran = finish("run", "--", program)
    assert ran.returncode == status
    assert ran.stderr.startswith(f"neon-sandbox: {message}")


def test_a_program_that_the_system_refuses_is_told(tmp_path: Path) -> None:
    """An executable file that is not a program gives the status 126, as in a shell."""
    fake = tmp_path / "fake"
    fake.write_bytes(b"\0\0\0\0")
    fake.chmod(0o755)
    ran = finish("run", "--", str(fake))
    assert (ran.returncode, ran.stderr) == (126, f"neon-sandbox: {fake}: Exec format error\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_passed_on_and_the_end_waited_for(number: signal.Signals) -> None:
    """The command handles the signal; then the sandbox closes, and its port is free again."""
    with claimed() as port:
        with CliProcess(*run(WAIT, "--port", str(port))) as running:
            assert port_of(running.line()) == port
            assert running.end(number) == 7
            assert running.line() == f"ended by {number.name}"
        socket.create_server(("127.0.0.1", port)).close()


def test_a_signal_before_the_command_has_started_ends_it_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The sandbox is cleaned up, and the command does not run."""

    @contextmanager
    def interrupted(options: Options, **output: Callable[[str], None]) -> Iterator[HttpServer]:
        with sandbox(options, **output) as door:
            signal.raise_signal(signal.SIGTERM)
            yield door

    mark = tmp_path / "mark"
    monkeypatch.setattr(main, "sandbox", interrupted)
    status = main.main(["--memory", "--port", "0", "run", "--", "touch", str(mark)])
    assert (status, mark.exists()) == (128 + signal.SIGTERM, False)


def test_a_command_that_ignores_signals_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGKILL follows after the grace period."""
    monkeypatch.setattr(child_process, "GRACE", 0.2)
    ignoring = ChildProcess(["sh", "-c", "trap '' TERM; kill -TERM $PPID; exec sleep 60"], {})
    with SignalHandler() as endings:
        assert ignoring.run(endings) == 128 + signal.SIGKILL


def test_ctrl_c_during_the_start_is_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal has sent it to the program already; a second one would kill the cleanup."""

    def noticed_late(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(*arguments, **options)  # noqa: S603 - a command of this test
        signal.raise_signal(signal.SIGINT)
        return process

    monkeypatch.setattr(signals, "_in_foreground", lambda: True)
    monkeypatch.setattr(child_process, "subprocess", SimpleNamespace(Popen=noticed_late))
    with SignalHandler() as endings:
        assert ChildProcess(["sleep", "0.2"], {}).run(endings) == 0


def test_ignored_signals_stay_ignored() -> None:
    """A run that is started with SIGHUP ignored, as by nohup, survives a hang-up."""
    ignoring = ["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"]
    with CliProcess(*run(WAIT), start=[*ignoring, *IN_MEMORY]) as running:
        running.line()
        running.process.send_signal(signal.SIGHUP)
        assert running.end(signal.SIGTERM) == 7
        assert running.line() == "ended by SIGTERM"


def test_handlers_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with SignalHandler():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "true"],
        ["run", "--"],
        ["--print", "run", "--", "true"],
        ["--", "true"],
        ["--port", "70000"],
        ["--port", "x"],
        ["--idle", "0"],
        ["--idle", "nan"],
        ["--por", "0"],
        ["--memory", "--keep"],
        ["--memory", "run", "--data", "here", "--", "true"],
    ],
)
def test_invalid_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The status is 2, as usual for invalid arguments, and the usage is shown."""
    with pytest.raises(SystemExit) as ended:
        main.main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: neon-sandbox")
