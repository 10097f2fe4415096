"""Runs the steps of a workflow in order, with a fresh environment for each job."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from neon_sandbox.server.http import HttpServer
from tools.docs import sandboxes
from tools.docs.clean_environment import CleanEnvironment
from tools.docs.example_config import example_config
from tools.docs.outputs import ExampleMismatch
from tools.docs.tree import ROOT, DocsTree
from tools.install_line import requirement

# A secret or a variable of the repository, which the owner of the workflow sets.
EXPRESSION = re.compile(r"\$\{\{\s*(?:secrets|vars)\.(?P<name>\w+)\s*\}\}")


class Step(NamedTuple):
    """A step of a job, with its line in the file; it runs a script or uses an action."""

    job: str
    line: int
    content: dict[str, Any]


def steps(text: str) -> list[Step]:
    """Return all steps of a workflow, in order."""
    jobs = yaml.safe_load(text)["jobs"]
    found = []
    for key, job in _pairs(dict(_pairs(yaml.compose(text)))["jobs"]):
        nodes = dict(_pairs(job))["steps"].value
        for node, content in zip(nodes, jobs[key]["steps"], strict=True):
            found.append(Step(key, node.start_mark.line + 1, content))
    return found


def _pairs(node: yaml.Node | None) -> Iterator[tuple[str, Any]]:
    if not isinstance(node, yaml.MappingNode):
        raise TypeError(f"a workflow has a mapping here: {node}")
    for key, value in node.value:
        yield key.value, value


def run(tree: DocsTree, name: str, folder: Path, *, rows: bool = True) -> None:
    """Run every ``run:`` step of a workflow, with a fresh incident for each job.

    The incident is on Postgres, or in memory without ``rows``. The page must name each secret and
    each variable.
    """
    text = tree.text(Path("snippets", name))
    for key, job in yaml.safe_load(text)["jobs"].items():
        own = [step for step in steps(text) if step.job == key and "run" in step.content]
        with sandboxes.fresh(rows=rows) as sandbox, HttpServer(sandbox) as door:
            environment = CleanEnvironment(folder / key)
            checkout = _checkout(tree, name, folder / key / "checkout")
            given = _values(tree, name, job.get("env", {}), door.environment)
            for step in own:
                script = step.content["run"]
                ended = environment.run("bash", "-e", "-c", script, folder=checkout, given=given)
                if ended.status:
                    output = f"{ended.out}{ended.err}"
                    what = f"the step ended with the exit status {ended.status}:\n{output}"
                    problem = tree.problem(name, step.line, what, "Correct it, or what it runs")
                    raise ExampleMismatch(str(problem))


def _checkout(tree: DocsTree, name: str, folder: Path) -> Path:
    """Make a checkout with the scripts in setup.toml, and with the client and psycopg required."""
    folder.mkdir()
    for target, source in example_config(tree).files.get(name, {}).items():
        (folder / target).write_text(tree.text(Path("snippets", source)), "utf-8")
    client = requirement(tree.text(Path("pyproject.toml")))
    # This requirements.txt is outside the clone, so `.` becomes the path of the clone.
    client = str(ROOT) if client == "." else client
    (folder / "requirements.txt").write_text(f"{client}\npsycopg[binary]\n", "utf-8")
    return folder


def _values(
    tree: DocsTree, name: str, asked: Mapping[str, str], sandbox: Mapping[str, str]
) -> dict[str, str]:
    """Return the environment of a job: the variables it sets, and the address of the sandbox."""
    pages = [tree.text(block.page) for block in tree.blocks if block.snippet == name]
    for variable, expression in asked.items():
        found = EXPRESSION.fullmatch(expression)
        if variable not in sandbox or not found:
            raise ExampleMismatch(f"snippets/{name}:1: {variable} is set to {expression}")
        if not all(f"`{found['name']}`" in page for page in pages):
            what = f"no page says what {found['name']} has to hold"
            raise ExampleMismatch(f"snippets/{name}:1: {what}")
    # The only variable that a job against Neon leaves unset.
    host = {"NEON_API_HOST": sandbox["NEON_API_HOST"]}
    return host | {variable: sandbox[variable] for variable in asked}
