"""Tests that every page shows only snippets, and that every snippet is shown."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import pytest

from tests.docs import checks
from tests.docs.coverage_report import OUTPUT
from tests.docs.descriptions import WRITTEN
from tests.docs.harness import nothing_in
from tools.docs.example_config import wrong_example_config
from tools.docs.tree import DocsTree, Problem

Check = Callable[[DocsTree], Iterable[Problem]]
OTHERS = (Path("README.md"), Path("mkdocs.yml"))
CHECKS: dict[str, Check] = {
    "every block is an include": checks.typed_blocks,
    "every block is a fence": checks.stray_code,
    "every include is in a block": checks.loose_includes,
    "every include has its file": checks.wrong_includes,
    "every block is marked as its kind": checks.wrong_marks,
    "every snippet is shown": checks.unshown_snippets,
    "every output has its program": partial(
        checks.orphan_outputs, written_otherwise=frozenset({OUTPUT, *WRITTEN})
    ),
    "every snippet can be copied exactly": checks.untidy_snippets,
    "nothing is left over": lambda tree: checks.leftovers(tree, *OTHERS),
    "every page is in the navigation": checks.unlisted_pages,
    "every setup names programs": wrong_example_config,
}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
def test_the_pages_are_sound(check: Check, tree: DocsTree) -> None:
    nothing_in(check(tree))
