"""Runs a block as a reader does: alone, after the incident, with only the environment set."""

from pathlib import Path

from pytest_examples import EvalExample

from tools.docs import run_python, run_shell, run_sql, sandboxes
from tools.docs.example_config import example_config
from tools.docs.tree import DocsTree


def run(tree: DocsTree, snippet: str, evaluate: EvalExample, *, rows: bool | None = None) -> str:
    """Run a snippet, after those that it needs, in a fresh incident; return its output.

    The incident is on Postgres if the snippet needs that, unless ``rows`` overrides it.
    """
    chain = example_config(tree).chain(snippet)
    rows = example_config(tree).takes_rows(snippet) if rows is None else rows
    try:
        return _run_all(tree, chain, evaluate, rows=rows)
    except run_shell.ShellFailed as failure:
        if failure.line is None:
            # Bash reports a line only for errors in bash itself. Run again, to report one.
            _run_all(tree, chain, evaluate, rows=rows, tell_line=True)
        raise


def run_live(tree: DocsTree, snippet: str) -> str:
    """Run a snippet as `run` does, but in a live sandbox and with Python in a separate process."""
    printed = ""
    with sandboxes.live() as door, sandboxes.home() as home:
        for name in example_config(tree).chain(snippet):
            if name.endswith(".sh"):
                printed = run_shell.paste(tree, name, door, home)
            else:
                printed = run_python.run_alone(tree, name, door.environment, home)
    return printed


def _run_all(
    tree: DocsTree, chain: list[str], evaluate: EvalExample, *, rows: bool, tell_line: bool = False
) -> str:
    printed = ""
    with sandboxes.fresh(rows=rows) as sandbox, sandboxes.home() as home:
        for name in chain:
            match Path(name).suffix:
                case ".py":
                    with sandboxes.in_process(sandbox, home):
                        printed = run_python.run(tree, name, evaluate)
                case ".sh":
                    printed = run_shell.run(tree, name, sandbox, home, tell_line=tell_line)
                case ".sql":
                    printed = run_sql.run(tree, name, sandbox, home)
                case ending:
                    raise ValueError(f"nothing runs a file that ends in {ending}")
    return printed
