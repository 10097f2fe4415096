"""Commands in files and workflows exist, and workflows have only the permissions they need."""

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.harness import tool
from tools.docs import requirements
from tools.docs.tree import ROOT, DocsTree

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
TARGETS = frozenset(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
RELEASED = re.compile(r"^[\w.-]+/[\w.-]+@v\d+(?:\.\d+){0,2}$")
# Contexts that GitHub provides, or that are set by hand in the repository.
ELSEWHERE = ("github.", "vars.", "runner.")
OTHERS = ("README.md", "CONTRIBUTING.md", "RELEASING.md", "SECURITY.md", ".ci/run")


def jobs(workflow: Path) -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow by name."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(workflow.read_text("utf-8"))["jobs"]
    return found


every_workflow = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
every_job = pytest.mark.parametrize(
    "job",
    [
        pytest.param(job, id=f"{path.name}-{name}")
        for path in WORKFLOWS
        for name, job in jobs(path).items()
    ],
)


def unknown_targets(text: str) -> set[str]:
    """Return the make targets that a text names in code but that do not exist."""
    named = re.findall(r"(?:^|`|\brun: |\bexec )make ((?:[a-z]+ ?)+)", text, re.MULTILINE)
    return {target for group in named for target in group.split()} - TARGETS


@every_workflow
def test_a_workflow_starts_without_permissions(workflow: Path) -> None:
    settings = yaml.safe_load(workflow.read_text("utf-8"))
    assert settings["permissions"] == {}
    assert "concurrency" in settings


def test_every_workflow_fits_the_schema() -> None:
    """So do those on the pages."""
    paths = [*map(str, WORKFLOWS), *(f"snippets/{name}" for name in DocsTree().of_kind(".yml"))]
    result = tool("check-jsonschema", "--builtin-schema=vendor.github-workflows", *paths)
    assert result.returncode == 0, result.stdout + result.stderr


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


@every_workflow
def test_every_expression_names_something(workflow: Path) -> None:
    assert unknown_names(workflow) == set()


def test_an_expression_that_names_nothing_is_found(tmp_path: Path) -> None:
    workflow = tmp_path / "a.yml"
    steps = "[{id: there, run: '${{ steps.there.x }} ${{ steps.gone.x }} ${{ matrix.python }}'}]"
    workflow.write_text(f"jobs: {{a: {{needs: [b], steps: {steps}}}}}", "utf-8")
    assert unknown_names(workflow) == {"b", "steps.gone", "matrix.python"}


def test_what_takes_long_is_run_every_night() -> None:
    """Nightly jobs run what `make test` samples, and what needs the network or a quiet machine."""
    nightly = FOLDER / "nightly.yml"
    run = {step.get("run") for job in jobs(nightly).values() for step in job["steps"]}
    targets = ("properties", "faults", "clients", "audit", "lighthouse", "clock")
    assert run - {None} == {".ci/run everywhere", *(f"make {target}" for target in targets)}
    assert "schedule:" in nightly.read_text("utf-8")


def test_every_python_that_is_claimed_is_proved() -> None:
    """`make test` runs on each Python of the classifiers, except the last, which Pyodide has."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    claimed = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    prove = jobs(FOLDER / "prove.yml")
    lock = json.loads((ROOT / "node_modules/pyodide/pyodide-lock.json").read_text("utf-8"))
    pyodide = lock["info"]["python"].rpartition(".")[0]
    assert claimed == [*prove["test"]["strategy"]["matrix"]["python"], pyodide]


@every_job
def test_a_job_is_bounded(job: dict[str, Any]) -> None:
    assert job["timeout-minutes"] <= 30
    assert job["permissions"]


@every_job
def test_every_step_uses_a_release_or_runs_a_command_that_exists(job: dict[str, Any]) -> None:
    for step in job["steps"]:
        if "uses" in step:
            assert RELEASED.match(step["uses"])
            continue
        program, *rest = step["run"].split()
        if program == "make":
            assert set(rest) <= TARGETS
        else:
            assert (ROOT / program).stat().st_mode & 0o111


def test_the_site_is_published_from_a_whole_run_only() -> None:
    prove = jobs(FOLDER / "prove.yml")
    assert prove["publish"]["needs"] == "site"
    assert set(prove["site"]["needs"]) == {"test", "macos"}
    assert prove["site"]["env"]["PUBLISH"] == "1"


@pytest.mark.parametrize("path", [*map(ROOT.joinpath, OTHERS), *WORKFLOWS], ids=lambda p: p.name)
def test_every_target_that_is_named_exists(path: Path) -> None:
    assert unknown_targets(path.read_text("utf-8")) == set()


def test_a_target_that_is_missing_is_found() -> None:
    text = "make one\nrun `make two`, then\n  - run: make three\nexec make four\nmake test\n"
    assert unknown_targets(text) == {"one", "two", "three", "four"}


def test_every_target_is_phony() -> None:
    """So a file of the name of one does not stop it."""
    declared = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert declared
    assert {*declared[1].split()} == TARGETS


@pytest.mark.parametrize("name", OTHERS)
def test_a_command_uses_the_environment_that_make_sets_up(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert re.findall(r"`(?:python|pytest|ruff|mypy) [^`]*`", text) == []


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_every_target_can_be_planned(target: str) -> None:
    planned = requirements.run(["make", "--dry-run", target], ROOT, os.environ)
    assert planned.status == 0, planned.err
