"""Every page shows snippets and nothing else, and every snippet is shown."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.docs import checks
from tests.docs.coverage_report import OUTPUT
from tests.docs.descriptions import WRITTEN
from tools.docs.example_config import wrong_example_config
from tools.docs.tree import DocsTree, Problem


def nothing_in(problems: Iterable[Problem]) -> None:
    """Fail with all of the problems, one a line."""
    found = [str(problem) for problem in problems]
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_every_block_is_an_include(tree: DocsTree) -> None:
    """A block holds the include of one snippet and nothing else."""
    nothing_in(checks.typed_blocks(tree))


def test_every_block_is_a_fence(tree: DocsTree) -> None:
    """No code is made by indentation or by HTML."""
    nothing_in(checks.stray_code(tree))


def test_every_include_is_in_a_block(tree: DocsTree) -> None:
    """Nothing is included as prose."""
    nothing_in(checks.loose_includes(tree))


def test_every_include_has_its_file(tree: DocsTree) -> None:
    """What a block includes exists and is of a known kind."""
    nothing_in(checks.wrong_includes(tree))


def test_every_block_is_marked_as_its_kind(tree: DocsTree) -> None:
    """The language fits the ending, and only what can be pasted has a copy button."""
    nothing_in(checks.wrong_marks(tree))


def test_every_snippet_is_shown(tree: DocsTree) -> None:
    """No snippet lies about that no page shows."""
    nothing_in(checks.unshown_snippets(tree))


def test_every_output_has_its_program(tree: DocsTree) -> None:
    """An output stands beside the program that prints it."""
    nothing_in(checks.orphan_outputs(tree, written_otherwise=frozenset({OUTPUT, *WRITTEN})))


def test_every_snippet_can_be_copied_exactly(tree: DocsTree) -> None:
    """No snippet holds bytes that a page or a clipboard would change."""
    nothing_in(checks.untidy_snippets(tree))


def test_nothing_is_left_over(tree: DocsTree) -> None:
    """No page or snippet holds a placeholder."""
    nothing_in(checks.leftovers(tree, Path("README.md"), Path("mkdocs.yml")))


def test_every_page_is_in_the_navigation(tree: DocsTree) -> None:
    """The navigation lists every page, and only pages that exist."""
    nothing_in(checks.unlisted_pages(tree))


def test_every_setup_names_programs(tree: DocsTree) -> None:
    """What setup.toml names exists, and is what it is used as."""
    nothing_in(wrong_example_config(tree))
