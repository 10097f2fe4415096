"""The command `neon-restore`: what it asks, prints and sends, and how it ends."""

import argparse
import ast
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

import neon_restore
from neon_restore import InvalidPoint, Neon, PendingRestore, Refused, Restored, RestorePlan
from neon_restore.cli import commands, main, options, times
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
    ("text", "expected"),
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
def test_a_point(text: str, expected: dict[str, Any]) -> None:
    assert times.parse_point(text, lambda: NOW) == expected


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
    line = next(line for line in err.splitlines() if line.startswith("Wait for it: neon-restore "))
    status, out, _ = command(line.removeprefix("Wait for it: neon-restore "))
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
    assert (status, out) == (main.INTERRUPTED, "")
    line = err.splitlines()[-1].partition("neon-restore ")[2]
    assert line == f"resume production --backup-name {BACKUP}"
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


def test_exit_statuses(command: Command) -> None:
    pending = PendingRestore.from_json(
        command(f"restore production {DELETED} --yes --no-wait --json")[1]
    )
    lost = PendingRestore.from_json(pending.to_json())
    lost = type(lost)(**{n: getattr(lost, n) for n in lost.__struct_fields__} | {"operations": ()})
    make: dict[str, Any] = {"what": "It failed.", "advice": "Look."}
    for error, status in (
        (neon_restore.Refused(**make), 2),
        (neon_restore.ConfigurationError(**make), 2),
        (neon_restore.NeonError(**make), 1),
        (neon_restore.NoAnswer(**make), 1),
        (neon_restore.OutcomeUnknown(**make), 3),
        (error_with(neon_restore.NoAnswer(**make), pending=lost), 3),
        (error_with(neon_restore.NoAnswer(**make), pending=pending), 4),
        (error_with(neon_restore.StillRunning(**make), pending=pending), 4),
        (error_with(neon_restore.OperationFailed(**make), pending=pending), 1),
        (neon_restore.LeftUnprotected(**make), 5),
        (neon_restore.OverwrittenSince(**make), 5),
    ):
        assert main.exit_status(error) == status, type(error)
        if error.pending:
            assert f"neon-restore resume production --backup-name {BACKUP}" in main.explain(error)


def test_advice_names_options_and_no_arguments_of_the_client() -> None:
    """Advice that only a caller of the client can get may name its arguments."""
    said = [
        ast.unparse(keyword.value)
        for path in SRC.rglob("_restore/*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "advice"
    ]
    assert len(said) > 20
    for advice in said:
        text = main.explain(neon_restore.Refused("It was refused.", advice=advice))
        assert "unprotect=" not in text
        assert "allow_child_branch=" not in text
        assert "source=" not in text


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
