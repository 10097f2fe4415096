"""Tests of the workflows on the pages: linter, pinned actions, and a run of each step."""

from pathlib import Path

import pytest
import yaml

from tests.docs.harness import tool
from tests.docs.run_policy import RunPolicy
from tests.docs.test_commands import WORKFLOWS, jobs
from tools.docs import run_workflow
from tools.docs.tree import DocsTree

every_workflow = pytest.mark.parametrize("snippet", DocsTree().of_kind(".yml"))
# The actions of this repository's own jobs, at the versions that its own runs check.
KNOWN_ACTIONS = {
    step.get("uses") for path in WORKFLOWS for job in jobs(path).values() for step in job["steps"]
}


def steps(snippet: str) -> list[run_workflow.Step]:
    """Return the steps of a workflow on the pages."""
    return run_workflow.steps(DocsTree().text(Path("snippets", snippet)))


@every_workflow
def test_a_workflow_asks_for_little(snippet: str, tree: DocsTree) -> None:
    content = yaml.safe_load(tree.text(Path("snippets", snippet)))
    assert content["permissions"] == {}
    for job in content["jobs"].values():
        assert job["timeout-minutes"] <= 30
        assert job["permissions"] == {"contents": "read"}


@every_workflow
def test_a_workflow_uses_actions_that_this_repository_uses(snippet: str) -> None:
    """An action on a page is pinned to a release that runs here every day."""
    for step in steps(snippet):
        action = step.content.get("uses")
        assert action is None or action in KNOWN_ACTIONS, f"snippets/{snippet}:{step.line}"


@every_workflow
def test_the_steps_of_a_workflow_are_clean(snippet: str, tmp_path: Path) -> None:
    for step in steps(snippet):
        script = tmp_path / f"line-{step.line}.sh"
        script.write_text(step.content.get("run", ""), "utf-8")
        result = tool("shellcheck", "--shell=bash", "--format=gcc", "--norc", str(script))
        assert result.returncode == 0, f"snippets/{snippet}:{step.line}: {result.stdout}"


@pytest.mark.long_running
@every_workflow
def test_every_step_of_a_workflow_runs(snippet: str, tmp_path: Path, policy: RunPolicy) -> None:
    if policy.cannot(snippet):
        return
    run_workflow.run(policy.tree, snippet, tmp_path)
    policy.report.prove(snippet)
