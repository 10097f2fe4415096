"""Commands in files and workflows exist, and workflows have only the permissions they need."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.docs import requirements
from tools.docs.tree import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = frozenset(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
RELEASED = re.compile(r"^[\w.-]+/[\w.-]+@v\d+(?:\.\d+){0,2}$")
CLASSIFIER = "Programming Language :: Python :: 3."
# Contexts that GitHub provides, or that are set by hand in the repository.
ELSEWHERE = ("github.", "vars.", "runner.")
NAMES_COMMANDS = [
    Path("README.md"),
    Path("CONTRIBUTING.md"),
    Path("RELEASING.md"),
    Path("SECURITY.md"),
    Path(".ci/run"),
]


def jobs(workflow: Path) -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow by name."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(workflow.read_text("utf-8"))["jobs"]
    return found


EVERY_JOB = [
    pytest.param(job, id=f"{path.name}-{name}")
    for path in WORKFLOWS
    for name, job in jobs(path).items()
]


def unknown_targets(text: str) -> set[str]:
    """Return the make targets that a text names in code but that do not exist."""
    named = re.findall(r"(?:^|`|\brun: |\bexec )make ((?:[a-z]+ ?)+)", text, re.MULTILINE)
    return {target for group in named for target in group.split()} - TARGETS


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_starts_without_permissions(workflow: Path) -> None:
    """Each job declares its permissions; the workflow grants none."""
    settings = yaml.safe_load(workflow.read_text("utf-8"))
    assert settings["permissions"] == {}
    assert "concurrency" in settings
    assert not unknown_targets(workflow.read_text("utf-8"))


def test_every_workflow_fits_the_schema() -> None:
    """The workflows are valid by the schema for GitHub workflows in check-jsonschema."""
    checker = Path(sys.executable).with_name("check-jsonschema")
    ended = requirements.run(
        [checker, "--builtin-schema=vendor.github-workflows", *WORKFLOWS], ROOT, {}
    )
    assert ended.status == 0, ended.out + ended.err


def unknown_names(workflow: Path) -> set[str]:
    """Return the jobs, steps and matrix values that a workflow refers to but does not have."""
    found, unknown = jobs(workflow), set()
    for job in found.values():
        needs = job.get("needs", [])
        unknown |= {*([needs] if isinstance(needs, str) else needs)} - found.keys()
        known = {f"matrix.{name}" for name in job.get("strategy", {}).get("matrix", {})}
        known |= {f"steps.{step['id']}" for step in job["steps"] if "id" in step}
        named = re.findall(r"\$\{\{ *(\w+\.\w+)", yaml.safe_dump(job, width=1000))
        unknown |= {name for name in named if not name.startswith(ELSEWHERE)} - known
    return unknown


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_expression_names_something(workflow: Path) -> None:
    """Every job, step and matrix value that a workflow refers to exists."""
    assert unknown_names(workflow) == set()


def test_an_expression_that_names_nothing_is_found(tmp_path: Path) -> None:
    """The search covers needs, steps and the matrix."""
    workflow = tmp_path / "a.yml"
    steps = "[{id: there, run: '${{ steps.there.x }} ${{ steps.gone.x }} ${{ matrix.python }}'}]"
    workflow.write_text(f"jobs: {{a: {{needs: [b], steps: {steps}}}}}", "utf-8")
    assert unknown_names(workflow) == {"b", "steps.gone", "matrix.python"}


def test_what_takes_long_is_run_every_night() -> None:
    """Nightly jobs run what `make test` samples, and what needs the network or a quiet machine."""
    nightly = ROOT / ".github" / "workflows" / "nightly.yml"
    run = {step.get("run") for job in jobs(nightly).values() for step in job["steps"]}
    assert run - {None} == {
        ".ci/run everywhere",
        "make properties",
        "make faults",
        "make audit",
        "make lighthouse",
    }
    assert "schedule:" in nightly.read_text("utf-8")


def test_every_python_that_is_claimed_is_proved() -> None:
    """`make test` runs on each Python of the classifiers, except the last, which Pyodide has."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    claimed = [one.rpartition(" ")[2] for one in project["classifiers"] if CLASSIFIER in one]
    prove = jobs(ROOT / ".github" / "workflows" / "prove.yml")
    lock = json.loads((ROOT / "node_modules/pyodide/pyodide-lock.json").read_text("utf-8"))
    pyodide = lock["info"]["python"].rpartition(".")[0]
    assert claimed == [*prove["test"]["strategy"]["matrix"]["python"], pyodide]


@pytest.mark.parametrize("job", EVERY_JOB)
def test_a_job_is_bounded(job: dict[str, Any]) -> None:
    """Each job has a timeout of at most 30 minutes, and declares its permissions."""
    assert job["timeout-minutes"] <= 30
    assert job["permissions"]


@pytest.mark.parametrize("job", EVERY_JOB)
def test_every_action_is_a_release(job: dict[str, Any]) -> None:
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert used or any("run" in step for step in job["steps"])
    assert [name for name in used if not RELEASED.match(name)] == []


@pytest.mark.parametrize("job", EVERY_JOB)
def test_every_command_of_a_job_exists(job: dict[str, Any]) -> None:
    """A job runs only files of the repository and targets of the Makefile."""
    for command in (step["run"] for step in job["steps"] if "run" in step):
        program, *rest = command.split()
        if program == "make":
            assert set(rest) <= TARGETS
        else:
            assert (ROOT / program).stat().st_mode & 0o111


def test_the_site_is_published_from_a_whole_run_only() -> None:
    """Publishing needs every test job, and a run of all blocks."""
    prove = jobs(ROOT / ".github" / "workflows" / "prove.yml")
    assert prove["publish"]["needs"] == "site"
    assert set(prove["site"]["needs"]) == {"test", "macos"}
    assert prove["site"]["env"]["PUBLISH"] == "1"


@pytest.mark.parametrize("path", NAMES_COMMANDS, ids=str)
def test_every_target_that_is_named_exists(path: Path) -> None:
    assert unknown_targets((ROOT / path).read_text("utf-8")) == set()


def test_a_target_that_is_missing_is_found() -> None:
    """The search covers blocks, code in prose, scripts and workflows."""
    text = "make one\nrun `make two`, then\n  - run: make three\nexec make four\nmake test\n"
    assert unknown_targets(text) == {"one", "two", "three", "four"}


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_every_target_can_be_planned(target: str) -> None:
    """Make can resolve each target and all its prerequisites."""
    planned = subprocess.run(  # noqa: S603
        ["make", "--dry-run", target],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert planned.returncode == 0, planned.stderr
