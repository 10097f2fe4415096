"""Tests of `make everywhere`: conditions that fail, and conditions that cannot be set up."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tools.docs.tree import ROOT
from tools.everywhere import settings
from tools.everywhere.conditions import CONDITIONS, Condition
from tools.everywhere.run import Row, Runner, table
from tools.everywhere.settings import NotHere, Setting, variables

MAKEFILE = """\
site:
	touch built
green:
	test -f built
	echo "3 passed, 1 skipped in 1.00s"
red:
	echo "FAILED tests/a.py::test_one[a - b] - assert 1 == 2"
	echo "1 failed, 2 passed in 1.00s"
	exit 1
environment:
	env
"""

Prove = Callable[[Condition], Row]


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """Return a runner of conditions for a repository that has only a Makefile."""
    root, scratch, logs = (tmp_path / name for name in ("root", "scratch", "logs"))
    for folder in (root, scratch, logs):
        folder.mkdir()
    (root / "Makefile").write_text(MAKEFILE, "utf-8")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message=a"]):
        subprocess.run([*git, *command], cwd=root, check=True)  # noqa: S603
    return Runner(root, scratch, logs, say=lambda _: None)


def lacking(folder: Path) -> Setting:
    """Raise `NotHere` instead of setting anything up."""
    raise NotHere("there is no such thing")


def test_a_condition_passes_in_a_clone_that_is_set_up(runner: Runner) -> None:
    """The row has the command and the test counts; the repository itself is not changed."""
    row = runner.run(Condition("one", variables(), ("green",)))
    assert (row.is_red, row.ran, row.result) == (False, "make green", "3 passed, 1 skipped")
    assert not (runner.root / "built").exists()


def test_a_red_condition_names_what_failed(runner: Runner) -> None:
    """After a failure no further command runs, and the table names the tests and the log."""
    row = runner.run(Condition("two words", variables(), ("red", "green"), "a clone"))
    assert (row.is_red, row.result) == (True, "failed: 1 failed, 2 passed")
    shown = table([row], Path("logs"))
    assert "two words: logs/two-words.log\n  tests/a.py::test_one[a - b]\n" in shown
    assert not (runner.scratch / "a clone").exists()


def test_a_command_that_names_no_test_is_named_itself(runner: Runner) -> None:
    """If the log names no failed test, the note names the make command."""
    row = runner.run(Condition("one", variables(), ("missing",)))
    assert (row.is_red, row.notes) == (True, ["`make missing` failed"])


def test_what_was_left_out_has_to_be_said(runner: Runner) -> None:
    """A run fails if it does not print the expected message about skipped tests."""
    row = runner.run(Condition("one", variables(), ("green",), says="not run here"))
    assert row.is_red
    assert "does not say" in row.notes[0]


def test_what_cannot_be_set_up_is_named(runner: Runner) -> None:
    """The row has the reason, and does not count as failed."""
    row = runner.run(Condition("one", lacking, ("green",)))
    assert not row.is_red
    assert "not run here, because there is no such thing" in table([row], Path("logs"))


def test_a_condition_changes_the_environment(runner: Runner) -> None:
    """The make commands get the variables of the condition."""
    runner.run(Condition("variables", variables(TZ="Pacific/Kiritimati"), ("environment",)))
    assert "TZ=Pacific/Kiritimati\n" in (runner.logs / "variables.log").read_text("utf-8")


def test_a_program_is_taken_off_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other programs in the same folder stay."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("psql", "curl"):
        (programs / name).write_text("#!/bin/sh\n", "utf-8")
    monkeypatch.setenv("PATH", str(programs))
    changed = Path(settings.without("psql")(tmp_path).environment["PATH"])
    assert [entry.name for entry in changed.iterdir()] == ["curl"]


def test_a_python_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It raises `NotHere`, even if the pyenv folder belongs to another user and is not readable."""
    pyenv = tmp_path / "pyenv"
    pyenv.mkdir(mode=0)
    monkeypatch.setenv("PYENV_ROOT", str(pyenv))
    with pytest.raises(NotHere, match=r"there is no python3\.1"):
        settings.python("3.1")(tmp_path)


def test_unknown_names_are_refused() -> None:
    """A misspelt condition fails, instead of running nothing and passing."""
    command = ["make", "everywhere", "ONLY=no such"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert ran.returncode != 0
    first = CONDITIONS[0].name
    assert f"there is no condition 'no such'; there are: {first}," in ran.stderr


def test_every_condition_is_run_every_night() -> None:
    """The matrix of the nightly workflow equals the list of conditions."""
    nightly = yaml.safe_load((ROOT / ".github/workflows/nightly.yml").read_text("utf-8"))
    matrix = nightly["jobs"]["everywhere"]["strategy"]["matrix"]["condition"]
    assert matrix == [condition.name for condition in CONDITIONS]
