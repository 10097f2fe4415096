"""The most used features work in Firefox: the tests are those of Chromium, on fewer pages."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import test_run_here
from tests.browser.clipboard import visit, wrong_copies
from tests.browser.test_accessible import beyond_the_edge, violations
from tests.browser.test_tabs import test_a_tab_opens_all_of_its_name
from tests.browser.test_timeline import (
    choices,
    test_it_works_by_hand_on_a_small_screen,
    test_it_works_by_keyboard,
)
from tools.docs.addresses import TYPES

__all__ = [
    "choices",
    "test_a_tab_opens_all_of_its_name",
    "test_it_works_by_hand_on_a_small_screen",
    "test_it_works_by_keyboard",
]


def test_every_copy_is_the_file(page: Page) -> None:
    """On the first page, the copy buttons inside and outside of tabs give the files."""
    source = Path("docs/index.md")
    visit(page, source)
    assert wrong_copies(page, source) == []


def test_an_example_prints_what_its_page_shows(page: Page) -> None:
    page.goto(test_run_here.ADDRESS)
    block = page.locator("[data-run]:visible").first
    printed = test_run_here.press(block)
    assert printed == test_run_here.output(block)


@pytest.mark.parametrize("address", TYPES.values(), ids=TYPES)
def test_everybody_can_use_the_page(address: str, page: Page) -> None:
    """One page of each type violates no axe rule and does not scroll sideways."""
    page.goto(address)
    page.locator("article h1").wait_for()
    wrong = violations(page)
    for width in (320, 640):
        wrong += beyond_the_edge(page, width)
    assert not wrong, "\n".join(wrong)
