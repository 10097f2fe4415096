"""The command `neon-restore`: what it asks, prints and sends, and how it ends."""

import argparse
import ast
import io
import json
import logging
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

import neon_restore
from neon_restore import InvalidPoint, Neon, PendingRestore, Refused, Restored, RestorePlan
from neon_restore.cli import commands, main, options, text, times
from tests.client.harness import BACKUP, KEY, PRODUCTION, PROJECT, TARGET, Harness

Command = Callable[..., tuple[int, str, str]]
NOW = datetime(2026, 11, 20, 14, 40, tzinfo=UTC)
DELETED = "14:31Z"
SRC = Path(neon_restore.__file__).parent


class Terminal(io.StringIO):
    """A stdin or stderr that is a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the incident; the command has the blocking client alone."""
    harness = Harness("sync", None)  # type: ignore[arg-type]
    harness.patch_client(monkeypatch)
    transport = httpx.MockTransport(harness.handle)
    monkeypatch.setattr(commands, "Neon", partial(Neon, transport=transport))
    return harness


@pytest.fixture
def command(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Return a function that runs a command line; `typed` is what a person types into stdin."""

    def run(line: str, typed: str | None = None) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO() if typed is None else Terminal(typed))
        status = main.main(line.split())
        out, err = capsys.readouterr()
        assert KEY not in out + err
        return status, out, err

    return run


def posts(harness: Harness) -> list[httpx.Request]:
    return [request for request in harness.sent if request.method != "GET"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", {}),
        ("0/1DE2850", {"lsn": "0/1DE2850"}),
        ("10 minutes ago", {"at": timedelta(minutes=10)}),
        ("1h 30m ago", {"at": timedelta(minutes=90)}),
        ("2 hours and 5 seconds ago", {"at": timedelta(hours=2, seconds=5)}),
        ("2026-11-20T14:31:00Z", {"at": "2026-11-20T14:31:00Z"}),
        ("14:31Z", {"at": datetime(2026, 11, 20, 14, 31, tzinfo=UTC)}),
        ("14:31 UTC", {"at": datetime(2026, 11, 20, 14, 31, tzinfo=UTC)}),
        ("9:05:30.25Z", {"at": datetime(2026, 11, 20, 9, 5, 30, 250000, tzinfo=UTC)}),
        ("14:41Z", {"at": datetime(2026, 11, 19, 14, 41, tzinfo=UTC)}),
        ("16:31+02:00", {"at": datetime(2026, 11, 20, 14, 31, tzinfo=UTC)}),
        ("01:00+14:00", {"at": datetime(2026, 11, 20, 11, 0, tzinfo=UTC)}),
    ],
)
def test_a_point(typed: str, expected: dict[str, Any]) -> None:
    assert times.parse_point(typed, lambda: NOW) == expected


@pytest.mark.parametrize("text", ["14:31", "25:00Z", "24:61+01:00"])
def test_a_time_of_day_needs_a_zone_and_a_time(text: str) -> None:
    with pytest.raises(InvalidPoint):
        times.parse_point(text, lambda: NOW)


@pytest.mark.parametrize("text", ["ten minutes", "10", "10 parsecs", "-5m", "9999999999d", "5mm"])
def test_a_duration_that_is_none(text: str) -> None:
    with pytest.raises(Refused):
        times.parse_duration(text)


def test_a_restore_shows_the_plan_and_asks(command: Command, harness: Harness) -> None:
    status, out, err = command(f"restore production {DELETED}", typed="production\n")
    assert status == 0
    assert err.startswith(f"On {TARGET}, project {PROJECT}.\nPlan for a restore on {TARGET}")
    assert "Type production to overwrite it: " in err
    assert out.startswith(f"Restored on {TARGET}, project {PROJECT}")
    assert [r.url.path.rpartition("/")[2] for r in posts(harness)] == ["restore"]
    assert json.loads(posts(harness)[0].content)["source_timestamp"] == "2026-11-20T14:31:00Z"


@pytest.mark.parametrize("typed", ["", "yes\n", "Production\n", None])
def test_a_restore_is_refused_unless_the_name_is_typed(
    command: Command, harness: Harness, typed: str | None
) -> None:
    status, out, err = command(f"restore production {DELETED}", typed=typed)
    assert (status, out, posts(harness)) == (main.REFUSED, "", [])
    assert "Changed: nothing." in err
    assert "Do now: " in err


def test_the_words_of_a_point_may_stand_behind_an_option(
    command: Command, harness: Harness
) -> None:
    status, out, _ = command("restore production --json --yes 9 minutes ago")
    assert status == 0
    restored = Restored.from_json(out)
    assert restored.point == datetime(2026, 11, 20, 14, 31, tzinfo=UTC)
    assert restored.backup
    assert restored.backup.name == BACKUP


def test_a_plan_changes_nothing(command: Command, harness: Harness) -> None:
    status, out, _ = command(f"plan production {DELETED} --json")
    assert (status, posts(harness)) == (0, [])
    assert RestorePlan.from_json(out).destination.id == PRODUCTION


def test_a_restore_can_be_begun_here_and_resumed_elsewhere(command: Command) -> None:
    status, out, err = command(f"restore production {DELETED} --yes --no-wait --json")
    assert status == 0
    assert PendingRestore.from_json(out).backup_name == BACKUP
    status, out, _ = command(err.splitlines()[-1].partition("neon-restore ")[2])
    assert status == 0
    assert "Restored on" in out


def test_a_rollback(command: Command, harness: Harness) -> None:
    command(f"restore production {DELETED} --yes")
    status, out, _ = command(f"rollback {BACKUP}", typed="production\n")
    assert status == 0
    assert f"{BACKUP} (" in out


def test_an_interruption_prints_the_line_that_resumes(command: Command, harness: Harness) -> None:
    def interrupt(request: httpx.Request) -> None:
        if "/operations/" in request.url.path:
            raise KeyboardInterrupt

    harness.answers.append(interrupt)
    status, out, err = command(f"restore production {DELETED} --yes")
    harness.answers.clear()
    assert (status, out) == (130, "")
    line = err.splitlines()[-1].partition("neon-restore ")[2]
    assert line == f"resume --backup-name={BACKUP} production"
    assert command(line)[0] == 0


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("window", "2026-11-20T14:40:00Z"),
        ("window production", "2026-11-20T14:40:00Z"),
        ("window --set 2d", "2026-11-20T14:40:00Z"),
        ("backups list", ""),
        ("backups delete --older-than 7d --yes", ""),
        ("branch list", f"production ({PRODUCTION}), "),
        ("branch create look 14:31Z", "look (br-"),
        ("branch delete development --yes", "development"),
        ("look production 14:31Z --print --database shop", "options=neon_timestamp"),
        ("look production --database shop --json", '"uri":"postgresql://'),
        ("snapshot list", ""),
        ("snapshot create production --name before --expires-in 30d", "before"),
        ("--version", neon_restore.__version__),
    ],
)
def test_other_commands(command: Command, line: str, what: str) -> None:
    status, out, _ = command(line)
    assert status == 0
    assert what in out


def test_snapshots(command: Command) -> None:
    assert command("snapshot create production --name before")[0] == 0
    assert "Preview" in command("snapshot preview before production --name look")[1]
    assert command("snapshot finalize look", typed="no\n")[0] == main.REFUSED
    assert "Restored from a snapshot" in command("snapshot finalize look", typed="look\n")[1]
    assert command("snapshot create production --name again")[0] == 0
    assert command("snapshot restore again production", typed="production\n")[0] == 0
    assert command("snapshot delete again --yes")[0] == 0
    assert "again" not in command("snapshot list")[1]


@pytest.mark.parametrize(
    "line", ["", "restor production", "restore", "plan production --nope", "window one two"]
)
def test_a_wrong_command_line_is_refused(command: Command, harness: Harness, line: str) -> None:
    status, out, err = command(line)
    assert (status, out, harness.sent) == (main.REFUSED, "", [])
    assert "neon-restore" in err


def error_with(error: neon_restore.NeonRestoreError, **attributes: Any) -> Any:
    for name, value in attributes.items():
        setattr(error, name, value)
    return error


@pytest.fixture
def pending(command: Command) -> PendingRestore:
    """Return a restore that Neon has accepted."""
    line = f"restore production {DELETED} --yes --no-wait --json"
    return PendingRestore.from_json(command(line)[1])


MADE: Any = {"what": "It failed.", "advice": "Look."}


def test_exit_statuses(command: Command, pending: PendingRestore) -> None:
    lost = replace(pending, operations=())
    restored = Restored.from_json(command(f"resume --backup-name {BACKUP} production --json")[1])
    for error, status in (
        (neon_restore.Refused(**MADE), 2),
        (neon_restore.ConfigurationError(**MADE), 2),
        (neon_restore.NeonError(**MADE), 1),
        (neon_restore.NoAnswer(**MADE), 1),
        (neon_restore.OutcomeUnknown(**MADE), 3),
        (error_with(neon_restore.NoAnswer(**MADE), pending=lost), 3),
        (error_with(neon_restore.NoAnswer(**MADE), pending=pending), 4),
        (error_with(neon_restore.StillRunning(**MADE), pending=pending), 4),
        (error_with(neon_restore.OperationFailed(**MADE), pending=pending), 1),
        (neon_restore.LeftUnprotected(**MADE), 5),
        (neon_restore.OverwrittenSince(**MADE), 5),
        (error_with(neon_restore.OverwroteAnother(**MADE), restored=restored), 5),
    ):
        assert main.exit_status(error) == status, type(error)


def test_only_a_restore_that_goes_on_is_to_be_waited_for(pending: PendingRestore) -> None:
    resume = f"neon-restore resume --backup-name={BACKUP} production"
    for kind in (neon_restore.StillRunning, neon_restore.NoAnswer, neon_restore.Locked):
        assert resume in main.explain(error_with(kind(**MADE), pending=pending))
    for ended in (neon_restore.OverwrittenSince, neon_restore.OperationFailed):
        said = main.explain(error_with(ended(**MADE), pending=pending))
        assert said.endswith("Do now: Look.")


def test_the_line_that_undoes_a_restore_can_be_pasted(command: Command, harness: Harness) -> None:
    status, out, _ = command(f"restore production {DELETED} --yes --json --backup-name kept")
    restored = Restored.from_json(out)
    assert restored.backup
    restored = replace(restored, backup=replace(restored.backup, name="it's kept"))
    error = neon_restore.OverwroteAnother("It did.", advice="rollback(error.restored) puts it back")
    said = main.explain(error_with(error, restored=restored))
    line = said.partition("Do now: ")[2].removesuffix(" puts it back")
    assert shlex.split(line)[1:] == ["rollback", "--branch=production", "it's kept"]
    status, _, err = command("rollback --branch=production kept --yes")
    assert status == 0, err


def test_without_a_backup_there_is_no_line_that_resumes(
    command: Command, harness: Harness, pending: PendingRestore
) -> None:
    none = replace(pending, backup_name=None)
    said = main.explain(error_with(neon_restore.StillRunning(**MADE), pending=none))
    assert "resume" not in said
    assert "production was last reset, with neon-restore branch list" in said
    command(f"resume --backup-name {BACKUP} production")
    assert ", last reset 2026-11-20T14:40:" in command("branch list")[1]
    sent = len(harness.sent)
    line = "restore development --from production --discard-previous-state --no-wait --yes"
    status, _, err = command(line)
    assert (status, len(harness.sent)) == (main.REFUSED, sent)
    assert "--no-wait needs a backup branch" in err


def test_a_lost_answer_without_a_backup(command: Command, harness: Harness) -> None:
    def lose(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("gone", request=request)

    harness.respond_always("POST", "/restore", lose)
    line = "restore development --from production --discard-previous-state --yes"
    status, _, err = command(line)
    assert status == main.UNKNOWN
    assert "resume" not in err
    assert "Look when development was last reset, with neon-restore branch list, before" in err


@pytest.mark.parametrize("branch", ["-x", "it's $HOME", "a\n\x1b[2Jb", "a\x85b\\", "tail "])
def test_a_line_for_a_shell_names_any_branch(branch: str) -> None:
    line = text.command_line("resume", branch, backup_name=f"{branch}_old", protect=True)
    assert line.isprintable()
    words = read_by_shell(line)
    assert words[:2] == ["neon-restore", "resume"]
    given = options.parse(words[1:])
    assert (given.branch, given.backup_name, given.protect) == (branch, f"{branch}_old", True)
    said = f"Call resume({branch!r}, backup_name={f'{branch}_old'!r}). It looks."
    assert text.in_command_words(said) == f"Run {line.replace(' --protect', '')}. It looks."


def read_by_shell(line: str) -> list[str]:
    bash = shutil.which("bash")
    if not bash:
        pytest.skip("there is no bash")
    script = f"printf '%s\\0' {line}"
    environment = {"LC_ALL": "C.UTF-8"}
    ran = subprocess.run([bash, "-c", script], capture_output=True, check=True, env=environment)  # noqa: S603
    return ran.stdout.decode().split("\0")[:-1]


def test_control_characters_are_escaped(command: Command, harness: Harness) -> None:
    name = "look \x1b[2J\x85\x7f "
    assert harness.ask("PATCH", f"/branches/{PRODUCTION}", {"branch": {"name": name}}).is_success
    harness.run_until_idle()
    for line in ("branch list", "branch list --json", f"plan {PRODUCTION} {DELETED}"):
        status, out, err = command(line)
        assert status == 0
        assert (out + err).replace("\n", "").isprintable()
    assert name in [each["name"] for each in json.loads(command("branch list --json")[1])]
    status, out, err = command(f"restore {PRODUCTION} {DELETED}", typed=f"{name}\n")
    assert status == 0
    assert (out + err).replace("\n", "").isprintable()
    assert r"Type look \x1b[2J\x85\x7f  to overwrite it: " in err


UNREACHABLE = {
    "_http/arguments.py": "the command gives no argument of another type",
    "_http/auth.py": "the same, for the key",
    "_snapshots/models.py": "the command sets no schedules",
    "_branches/changes.py": "the command adds no computes",
    "snapshot_schedule(": "the command sets no schedules",
    "user_agent=": "the command gives none",
    "Give lsn=": "the command tells an LSN from a time",
}
PYTHON = r"(?<![-\w])[a-z_]+=|[a-z_]\(|timedelta|\b[a-z]+_[a-z_]+\b|\bTrue\b"
"""How the arguments, calls and names of Python are spelt."""


def advice_of(path: Path) -> Iterator[str]:
    """Yield each text that a module can give as the advice or the message of an error."""
    tree = ast.parse(path.read_text("utf-8"))

    def texts(node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Constant(value=str(value)):
                yield value
            case ast.JoinedStr(values=parts):
                holes = (p for p in parts if isinstance(p, ast.FormattedValue))
                shown = {id(p): "'main'" if p.conversion == ord("r") else "main" for p in holes}
                yield "".join(shown.get(id(p)) or str(getattr(p, "value", "")) for p in parts)
            case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)):
                for one in ast.walk(tree):
                    if isinstance(one, ast.FunctionDef) and one.name == name:
                        for inner in ast.walk(one):
                            if isinstance(inner, ast.Return) and inner.value:
                                yield from texts(inner.value)
                    elif isinstance(one, ast.Assign) and name in map(ast.unparse, one.targets):
                        yield from texts(one.value)
            case _:
                for below in ast.iter_child_nodes(node):
                    yield from texts(below)

    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith(".advice"):
            yield from texts(node.value)
        given = [k.value for k in getattr(node, "keywords", ()) if k.arg == "advice"]
        for each in given and [*given, *node.args[:1]]:  # type: ignore[attr-defined]
            yield from texts(each)


def test_no_python_is_said_on_the_command_line(command: Command) -> None:
    line = f"restore production {DELETED} --yes --json"
    restored = Restored.from_json(command(line)[1])
    said = [
        (path, each)
        for path in sorted(SRC.rglob("*.py"))
        if str(path.relative_to(SRC)) not in UNREACHABLE
        for each in advice_of(path)
        if not any(one in each for one in UNREACHABLE)
    ]
    assert len(said) > 150
    wrong = []
    for path, each in said:
        error = error_with(neon_restore.Refused(each, advice=each), restored=restored)
        shown = main.explain(error).replace(BACKUP, "kept")
        wrong += [(path.name, shown)] if re.search(PYTHON, shown) else []
    assert wrong == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Set NEON_API_KEY, or pass api_key=.", "Set NEON_API_KEY."),
        ("NEON_PROJECT_ID, or project_id=, holds none.", "NEON_PROJECT_ID holds none."),
        ("Give a timedelta such as timedelta(days=7).", "Give a duration such as 7d."),
        ("Pass allow_other_branch=True if so.", "Pass --allow-other-branch if so."),
        ("Give it: backup_name=...", "Give it: --backup-name"),
        ("Give at= or lsn=, or source=.", "Give a point, or --from."),
        ("or with resume('main', protect=True).", "or with neon-restore resume --protect main."),
        (
            "shop changes, see plan.schema_changes['shop']",
            "shop changes, see neon-restore plan --json",
        ),
        ("There is a branch my_backup_name.", "There is a branch my_backup_name."),
    ],
)
def test_words_of_the_command(said: str, shown: str) -> None:
    assert text.in_command_words(said) == shown


class Unread(io.StringIO):
    """A stdout that nobody reads."""

    def flush(self) -> None:
        """Fail like a pipe without a reader."""
        raise BrokenPipeError


def test_a_finished_restore_that_nobody_reads_is_done(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stream in ("stdout", "stderr"):
        for unread in (Unread(), None, io.TextIOWrapper(io.BytesIO(), "ascii")):
            with monkeypatch.context() as patch:
                patch.setattr(sys, stream, unread)
                assert command(f"restore production {DELETED} --yes")[0] == 0
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", None)
        assert command(f"restore production {DELETED}", typed="production\n")[0] == main.REFUSED
    monkeypatch.setattr(sys, "stdin", None)
    assert main.main(["restore", "production", DELETED]) == main.REFUSED


@pytest.mark.parametrize("redirect", ["| true", "> /dev/full", ">&-", "2>&-", "<&-"])
@pytest.mark.parametrize(("line", "status"), [("--version", 0), ("completion bash", 0), ("", 2)])
def test_the_exit_status_does_not_depend_on_a_reader(line: str, status: int, redirect: str) -> None:
    bash = shutil.which("bash")
    if not bash or not Path("/dev/full").exists():
        pytest.skip("there is no bash, or no /dev/full")
    script = (
        f"{sys.executable} -m neon_restore.cli.main {line} {redirect}; echo ${{PIPESTATUS[0]}} >&3"
    )
    read, write = os.pipe()
    with os.fdopen(read) as answer:
        ran = subprocess.run(  # noqa: S603
            [bash, "-c", f"exec 3>&{write}; {script}"], pass_fds=[write], capture_output=True
        )
        os.close(write)
        assert answer.read().strip() == str(status)
    assert b"Traceback" not in ran.stderr
    assert b"Exception" not in ran.stderr


@pytest.fixture
def signals() -> Iterator[None]:
    """Put the handlers of signals back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_protects_the_branch_again(
    command: Command,
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: signal.Signals,
    status: int,
) -> None:
    protect = {"branch": {"protected": True}}
    assert harness.ask("PATCH", f"/branches/{PRODUCTION}", protect).is_success

    def stop(request: httpx.Request) -> None:
        if "/operations/" in request.url.path:
            harness.answers.clear()
            signal.raise_signal(number)

    harness.answers.append(stop)
    line = f"neon-restore restore production {DELETED} --yes --unprotect"
    monkeypatch.setattr(sys, "argv", line.split())
    # A mock in place of the default, which would end the tests, when the command sets none.
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda *_: None)
    assert main.main() == status
    assert f"resume --backup-name={BACKUP} --protect production" in capsys.readouterr().err
    assert harness.ask("GET", f"/branches/{PRODUCTION}").json()["branch"]["protected"]


@pytest.mark.usefixtures("signals")
def test_a_signal_that_is_ignored_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    monkeypatch.setattr(sys, "argv", ["neon-restore", "--version"])
    assert main.main() == 0
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_an_interruption_of_other_work_says_how_to_look(
    command: Command, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("snapshot create production --name before")

    def interrupt(request: httpx.Request) -> None:
        if "/operations/" in request.url.path:
            raise KeyboardInterrupt

    harness.answers.append(interrupt)
    status, _, err = command("snapshot restore before production --yes")
    assert status == 130
    last = "Interrupted. Neon may go on with it. Look first: neon-restore branch list"
    assert err.splitlines()[-1] == last

    class Interrupted(Terminal):
        def readline(self, _: int | None = -1, /) -> str:  # type: ignore[override]
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", Interrupted())
    monkeypatch.setattr(io, "StringIO", Interrupted)
    status, _, err = command("branch delete development")
    assert (status, err.splitlines()[-1]) == (
        130,
        "Type development to delete it: Interrupted.",
    )


def test_psql_takes_the_place_of_the_command(tmp_path: Path) -> None:
    """So that Ctrl-C reaches psql alone."""
    psql = tmp_path / "psql"
    psql.write_text('#!/bin/sh\necho "$$ $PGPASSWORD $1"\n')
    psql.chmod(0o755)
    script = (
        "from neon_restore import ConnectionString; from neon_restore.cli import commands; "
        "commands._psql(ConnectionString('postgresql://me:' + 'pass%20word@127.0.0.1/shop'))"
    )
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", script],
        env=os.environ | {"PATH": f"{tmp_path}:/bin:/usr/bin"},
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        said = f"{child.pid} pass word postgresql://me@127.0.0.1/shop\n"
        assert child.communicate()[0] == said
        assert child.returncode == 0


def test_look_runs_psql(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(shutil, "which", lambda _: "/psql")
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(os, "execve", lambda _, arguments, __: ran.append(arguments))
    command("look production --database shop")
    assert ran[0][1].startswith("postgresql://shop_owner@")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert command("look production --database shop")[0] == main.REFUSED


def test_a_warning_is_printed_once(
    command: Command, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    protect = {"branch": {"protected": True}}
    assert harness.ask("PATCH", f"/branches/{PRODUCTION}", protect).is_success
    monkeypatch.setattr(logging.root, "handlers", [])
    err = command(f"restore production {DELETED} --yes --unprotect")[2]
    assert err.count("production is unprotected.") == 1


def test_only_backups_that_would_go_are_listed(command: Command, harness: Harness) -> None:
    command(f"restore production {DELETED} --yes")
    harness.advance(days=8)
    status, out, _ = command("restore production 1 minute ago --yes --json")
    new = Restored.from_json(out).backup
    assert new
    status, out, err = command("backups delete --older-than 7d", typed=f"{PROJECT}\n")
    assert status == 0
    assert "Older than 7d: 1 of 2 backup branches." in err
    assert BACKUP in err
    assert new.name not in err
    assert new.name in command("backups list")[1]
    status, out, err = command("backups delete --older-than 9d")
    assert (status, "Type" in err) == (0, False)


def test_a_snapshot_of_another_branch(command: Command) -> None:
    command("snapshot create production --name before")
    status, _, err = command("snapshot restore before development --yes")
    assert status == main.REFUSED
    assert "pass --allow-other-branch if you mean" in err
    assert command("snapshot restore before development --yes --allow-other-branch")[0] == 0
    line = "snapshot preview before development --allow-other-branch"
    assert command(line)[0] == 0


def test_rows_need_psycopg(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg")
    assert command(f"plan production {DELETED} --rows")[0] == 0
    monkeypatch.setitem(sys.modules, "neon_restore.rows", None)
    status, _, err = command(f"plan production {DELETED} --rows")
    assert (status, "--rows needs psycopg" in err) == (main.REFUSED, True)


def test_a_terminal_shows_the_operations_in_one_line(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert command(f"restore production {DELETED} --yes")[0] == 0
    said = terminal.getvalue()
    assert "\r\033[KOperation 1 of " in said
    assert "\r\033[KThe restore of production has finished.\n" in said


def test_a_failure_with_json_leaves_stdout_empty(command: Command) -> None:
    status, out, err = command("restore nobody 14:31Z --json --yes")
    assert (status, out) == (main.REFUSED, "")
    assert "Do now: " in err


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("roll", ["rollback"]),
        ("backups d", ["delete"]),
        ("backups delete --old", ["--older-than"]),
        ("restore production --ba", ["--backup-name"]),
        ("completion ", ["bash", "zsh"]),
    ],
)
def test_completion_in_bash(
    capsys: pytest.CaptureFixture[str], typed: str, expected: list[str]
) -> None:
    assert main.main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    words = ["neon-restore", *typed.split(" ")]
    ask = f"COMP_WORDS=({' '.join(w or chr(39) * 2 for w in words)}); COMP_CWORD={len(words) - 1}"
    ran = subprocess.run(  # noqa: S603
        [  # noqa: S607
            "bash",
            "-c",
            f'{script}\n{ask}; _neon_restore; printf "%s\\n" "${{COMPREPLY[@]}}"',
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [w for w in ran.stdout.split() if not w.startswith("-") or w in expected] == expected


def test_each_subcommand_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    def walk(parser: argparse.ArgumentParser) -> None:
        assert parser.format_help()
        for action in parser._actions:
            assert action.help or action.metavar or action.dest in ("command", "action", "shell")
            if isinstance(action, argparse._SubParsersAction):
                for below in action.choices.values():
                    walk(below)

    walk(options.build_parser())
