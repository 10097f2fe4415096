"""Tests of `make everywhere`: conditions that fail, and conditions that cannot be set up."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.docs.harness import write_files
from tools.docs import requirements
from tools.docs.tree import ROOT
from tools.everywhere import settings
from tools.everywhere.conditions import CONDITIONS, Condition
from tools.everywhere.run import Runner, table
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


def lacking(folder: Path) -> Setting:
    """Raise `NotHere` instead of setting anything up."""
    raise NotHere("there is no such thing")


GREEN = Condition("green", variables(), ("green",))
RED = Condition("red", variables(), ("red", "green"), checkout="a clone")
MISSING = Condition("missing", variables(), ("missing",))
SILENT = Condition("silent", variables(), ("green",), says="not run here")
LACKING = Condition("lacking", lacking, ("green",))


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


@pytest.mark.parametrize(
    ("condition", "result", "notes"),
    [
        (GREEN, "3 passed, 1 skipped", []),
        (RED, "failed: 1 failed, 2 passed", ["tests/a.py::test_one[a - b]"]),
        # The log names no failed test.
        (MISSING, "failed: passed", ["`make missing` failed"]),
        (SILENT, "failed: 3 passed, 1 skipped", ["the run does not say “not run here”"]),
        (LACKING, "not run here, because there is no such thing", []),
    ],
    ids=lambda value: value.name if isinstance(value, Condition) else "",
)
def test_a_row_has_the_result_and_what_failed(
    condition: Condition, result: str, notes: list[str], runner: Runner
) -> None:
    """The repository itself is not changed, and after a failure no further command runs."""
    row = runner.run(condition)
    assert (row.result, row.notes, row.is_red) == (result, notes, bool(notes))
    assert not (runner.root / "built").exists()
    assert not (runner.scratch / "a clone").exists()


def test_the_table_names_results_tests_and_logs(runner: Runner) -> None:
    row = runner.run(Condition("two words", lacking, ("red", "green")))
    row.notes = ["tests/a.py"]
    shown = table([row], Path("logs"))
    result = "not run here, because there is no such thing"
    assert f"two words  {result}           make red; make green\n" in shown
    assert shown.endswith("\n\ntwo words: logs/two-words.log\n  tests/a.py\n")


def test_a_condition_changes_the_environment(runner: Runner) -> None:
    runner.run(Condition("variables", variables(TZ="Pacific/Kiritimati"), ("environment",)))
    assert "TZ=Pacific/Kiritimati\n" in (runner.logs / "variables.log").read_text("utf-8")


def test_a_program_is_taken_off_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path / "programs", dict.fromkeys(("psql", "curl"), "#!/bin/sh\n"))
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    changed = Path(settings.without("psql")(tmp_path).environment["PATH"])
    assert [entry.name for entry in changed.iterdir()] == ["curl"]


def test_a_python_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It raises `NotHere`, even if the pyenv folder belongs to another user and is not readable."""
    (tmp_path / "pyenv").mkdir(mode=0)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    with pytest.raises(NotHere, match=r"there is no python3\.1"):
        settings.python("3.1")(tmp_path)


def test_unknown_names_are_refused() -> None:
    """A misspelt condition fails, instead of running nothing and passing."""
    ran = requirements.run(["make", "everywhere", "ONLY=no such"], ROOT, os.environ)
    assert ran.status != 0
    assert f"there is no condition 'no such'; there are: {CONDITIONS[0].name}," in ran.err


def test_every_condition_is_run_every_night() -> None:
    nightly = yaml.safe_load((ROOT / ".github/workflows/nightly.yml").read_text("utf-8"))
    matrix = nightly["jobs"]["everywhere"]["strategy"]["matrix"]["condition"]
    assert matrix == [condition.name for condition in CONDITIONS]
