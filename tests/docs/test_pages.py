"""Tests that every page shows only snippets, and that every snippet is shown."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.docs import checks
from tests.docs.coverage_report import OUTPUT
from tests.docs.descriptions import WRITTEN
from tools.docs.example_config import wrong_example_config
from tools.docs.tree import DocsTree, Problem


def nothing_in(problems: Iterable[Problem]) -> None:
    """Fail if there are problems, and print one per line."""
    found = [str(problem) for problem in problems]
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_every_block_is_an_include(tree: DocsTree) -> None:
    """A block has the include of one snippet and nothing else."""
    nothing_in(checks.typed_blocks(tree))


def test_every_block_is_a_fence(tree: DocsTree) -> None:
    """No code block is made by indentation or by HTML."""
    nothing_in(checks.stray_code(tree))


def test_every_include_is_in_a_block(tree: DocsTree) -> None:
    """Outside blocks, only pictures are included."""
    nothing_in(checks.loose_includes(tree))


def test_every_include_has_its_file(tree: DocsTree) -> None:
    """A block includes a file that exists and is of a known kind."""
    nothing_in(checks.wrong_includes(tree))


def test_every_block_is_marked_as_its_kind(tree: DocsTree) -> None:
    """The language fits the file ending, and only blocks to paste have a copy button."""
    nothing_in(checks.wrong_marks(tree))


def test_every_snippet_is_shown(tree: DocsTree) -> None:
    nothing_in(checks.unshown_snippets(tree))


def test_every_output_has_its_program(tree: DocsTree) -> None:
    """An output file is next to the program that prints it, unless something else writes it."""
    nothing_in(checks.orphan_outputs(tree, written_otherwise=frozenset({OUTPUT, *WRITTEN})))


def test_every_snippet_can_be_copied_exactly(tree: DocsTree) -> None:
    """No snippet has bytes that a page or a clipboard would change."""
    nothing_in(checks.untidy_snippets(tree))


def test_nothing_is_left_over(tree: DocsTree) -> None:
    """No page or snippet, nor the README or mkdocs.yml, has a word that marks unfinished work."""
    nothing_in(checks.leftovers(tree, Path("README.md"), Path("mkdocs.yml")))


def test_every_page_is_in_the_navigation(tree: DocsTree) -> None:
    """The navigation lists every page, and only pages that exist."""
    nothing_in(checks.unlisted_pages(tree))


def test_every_setup_names_programs(tree: DocsTree) -> None:
    """Each name in setup.toml has the right kind, and each program in `_setup/` is used."""
    nothing_in(wrong_example_config(tree))
