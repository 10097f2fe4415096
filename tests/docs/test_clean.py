"""Snippets pass the same linter, formatter and strict type check as the code."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.docs.harness import nothing_in, tool, write_files
from tools.docs.tree import ROOT, DocsTree

SHELL = [f"snippets/{name}" for name in DocsTree().of_kind(".sh")]


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "--output-format=concise", "snippets"),
        ("ruff", "format", "--check", "snippets"),
        ("shellcheck", "--shell=bash", "--format=gcc", "--norc", *SHELL),
        ("shfmt", "--diff", "--language-dialect=bash", "--indent=2", "--case-indent", *SHELL),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_snippets_are_clean(command: tuple[str, ...]) -> None:
    result = tool(*command)
    assert result.returncode == 0, result.stdout + result.stderr


def type_check(tree: DocsTree, workspace: Path) -> list[str]:
    """Type-check all Python snippets of a tree in one run, and return the errors."""
    # Copies have numbers: two pages can have snippets of the same name, and folders any name.
    shutil.rmtree(workspace, ignore_errors=True)
    workspace.mkdir(parents=True)
    names = [*tree.of_kind(".py"), *tree.unshown]
    copies = [workspace / f"snippet_{number}.py" for number in range(len(names))]
    for name, copy in zip(names, copies, strict=True):
        shutil.copyfile(tree.snippets_dir / name, copy)
    cache = f"--cache-dir={workspace.parent / 'mypy'}"
    options = ("--strict", "--config-file=pyproject.toml", "--no-error-summary", cache)
    result = tool("mypy", *options, *map(str, copies))
    lines = result.stdout.splitlines() + result.stderr.splitlines()
    copied = re.compile(r"\S*snippet_(\d+)\.py")
    return [copied.sub(lambda m: f"snippets/{names[int(m[1])]}", line) for line in lines]


def test_snippets_pass_the_type_check(tree: DocsTree) -> None:
    nothing_in(type_check(tree, ROOT / ".cache" / "snippets" / "copies"))


def test_a_saved_snippet_hides_no_module(tree: DocsTree) -> None:
    """A reader who saves a snippet under its name can still import the standard library."""
    assert not {Path(name).stem for name in tree.of_kind(".py")} & sys.stdlib_module_names


def test_a_wrong_type_is_named_by_file_and_line(tmp_path: Path) -> None:
    files = {"snippets/two words/a.py": "one = 1\nprint(one.upper())\n"}
    (wrong,) = type_check(DocsTree(write_files(tmp_path, files)), tmp_path / "copies")
    assert wrong.startswith("snippets/two words/a.py:2: error:")
