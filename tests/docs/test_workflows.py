"""Tests of the workflows on the pages: schema, linter, pinned actions, and a run of each step."""

import sys
from pathlib import Path

import pytest
import yaml

from tests.docs.run_policy import RunPolicy
from tests.docs.test_clean import shell_tool
from tools.docs import requirements, run_workflow
from tools.docs.tree import ROOT, DocsTree

WORKFLOWS = DocsTree().of_kind(".yml")
OWN = (ROOT / ".github" / "workflows").glob("*.yml")
# The actions of this repository's own jobs, at the versions that its own runs check.
KNOWN_ACTIONS = {
    step["uses"]
    for path in OWN
    for job in yaml.safe_load(path.read_text("utf-8"))["jobs"].values()
    for step in job["steps"]
    if "uses" in step
}


@pytest.fixture
def steps(request: pytest.FixtureRequest, tree: DocsTree) -> list[run_workflow.Step]:
    """Return the steps of the workflow under test."""
    return run_workflow.steps(tree.text(Path("snippets", request.getfixturevalue("snippet"))))


@pytest.mark.parametrize("snippet", WORKFLOWS)
def test_a_workflow_fits_the_schema(snippet: str, tree: DocsTree) -> None:
    """A workflow is valid under the schema for GitHub workflows."""
    checker = Path(sys.executable).with_name("check-jsonschema")
    schema = "--builtin-schema=vendor.github-workflows"
    ended = requirements.run([checker, schema, f"snippets/{snippet}"], tree.root, {})
    assert ended.status == 0, ended.out + ended.err


@pytest.mark.parametrize("snippet", WORKFLOWS)
def test_a_workflow_asks_for_little(snippet: str, tree: DocsTree) -> None:
    """A workflow has no permissions; its jobs may read the contents and take at most 30 minutes."""
    content = yaml.safe_load(tree.text(Path("snippets", snippet)))
    assert content["permissions"] == {}
    for job in content["jobs"].values():
        assert job["timeout-minutes"] <= 30
        assert job["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("snippet", WORKFLOWS)
def test_a_workflow_uses_actions_that_this_repository_uses(
    snippet: str, steps: list[run_workflow.Step]
) -> None:
    """An action on a page is pinned to a release that runs here every day."""
    for step in steps:
        action = step.content.get("uses")
        assert action is None or action in KNOWN_ACTIONS, f"snippets/{snippet}:{step.line}"


@pytest.mark.parametrize("snippet", WORKFLOWS)
def test_the_steps_of_a_workflow_are_clean(
    snippet: str, steps: list[run_workflow.Step], tmp_path: Path
) -> None:
    """The script of a step is linted like any other shell."""
    for step in steps:
        script = tmp_path / f"line-{step.line}.sh"
        script.write_text(step.content.get("run", ""), "utf-8")
        result = shell_tool("shellcheck", "--shell=bash", "--format=gcc", "--norc", str(script))
        assert result.returncode == 0, f"snippets/{snippet}:{step.line}: {result.stdout}"


@pytest.mark.long_running
@pytest.mark.parametrize("snippet", WORKFLOWS)
def test_every_step_of_a_workflow_runs(snippet: str, tmp_path: Path, policy: RunPolicy) -> None:
    """The steps run in order, in an environment that has only Python."""
    if policy.cannot(snippet):
        return
    run_workflow.run(policy.tree, snippet, tmp_path)
    policy.report.prove(snippet)
