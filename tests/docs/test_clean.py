"""Snippets pass the same linter, formatter and strict type check as the code."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.docs.tree import ROOT, DocsTree


def tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Python tool in the repository."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("command", [("check", "--output-format=concise"), ("format", "--check")])
def test_snippets_pass_ruff(command: tuple[str, ...]) -> None:
    result = tool("ruff", *command, "snippets")
    assert result.returncode == 0, result.stdout + result.stderr


def shell_tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a linter or formatter of shell scripts in the repository."""
    program = Path(sys.executable).with_name(arguments[0])
    return subprocess.run(  # noqa: S603
        [program, *arguments[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "command",
    [
        ("shellcheck", "--shell=bash", "--format=gcc", "--norc"),
        ("shfmt", "--diff", "--language-dialect=bash", "--indent=2", "--case-indent"),
    ],
    ids=lambda command: command[0],
)
def test_shell_snippets_are_clean(command: tuple[str, ...], tree: DocsTree) -> None:
    result = shell_tool(*command, *(f"snippets/{name}" for name in tree.of_kind(".sh")))
    assert result.returncode == 0, result.stdout + result.stderr


def type_check(tree: DocsTree, workspace: Path) -> list[str]:
    """Type-check all Python snippets of a tree in one run, and return the errors.

    Snippets of two pages can have the same name, and their folders need not be valid package
    names, so mypy checks copies with numbered names.
    """
    shutil.rmtree(workspace, ignore_errors=True)
    workspace.mkdir(parents=True)
    names = {}
    for number, name in enumerate([*tree.of_kind(".py"), *tree.unshown]):
        copy = f"snippet_{number}.py"
        shutil.copyfile(tree.snippets_dir / name, workspace / copy)
        names[copy] = f"snippets/{name}"
    result = tool(
        "mypy",
        "--strict",
        "--config-file=pyproject.toml",
        "--no-error-summary",
        f"--cache-dir={workspace.parent / 'mypy'}",
        *(str(workspace / copy) for copy in names),
    )
    lines = result.stdout.splitlines() + result.stderr.splitlines()
    return [re.sub(r"\S*(snippet_\d+\.py)", lambda m: names[m[1]], line) for line in lines]


def test_snippets_pass_the_type_check(tree: DocsTree) -> None:
    wrong = type_check(tree, ROOT / ".cache" / "snippets" / "copies")
    assert not wrong, "\n".join(wrong)


def test_a_saved_snippet_hides_no_module(tree: DocsTree) -> None:
    """A reader who saves a snippet under its name can still import the standard library."""
    names = {name for name in tree.of_kind(".py") if Path(name).stem in sys.stdlib_module_names}
    assert not names


def test_a_wrong_type_is_named_by_file_and_line(tmp_path: Path) -> None:
    """An error of mypy names the snippet, not its numbered copy."""
    folder = tmp_path / "snippets" / "two words"
    folder.mkdir(parents=True)
    (folder / "a.py").write_text("one = 1\nprint(one.upper())\n", "utf-8")
    (wrong,) = type_check(DocsTree(tmp_path), tmp_path / "copies")
    assert wrong.startswith("snippets/two words/a.py:2: error:")
