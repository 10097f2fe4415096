"""What the copy button puts on the clipboard is the file that was proved.

All of it but the last line end: Material leaves that off, so that a shell into which a block is
pasted waits for the reader before it runs the last line.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.clipboard import TREE, copied, copy_button, visit
from tests.docs.blocks import COPIED


@pytest.mark.parametrize("source", TREE.pages, ids=str)
def test_every_copy_is_the_file(source: Path, page: Page) -> None:
    """Pressed for each block of a page in turn, the button gives the bytes that were proved."""
    for block, shown in visit(page, source):
        if shown.kind in COPIED:
            assert copied(page, block) + "\n" == TREE.text(Path("snippets", shown.snippet)), shown
        else:
            assert copy_button(block).count() == 0, shown


# For each set of tabs that has one named curl, whether that one is open.
OPEN = """() => [...document.querySelectorAll('.tabbed-labels label')]
  .filter(label => label.textContent === 'curl')
  .map(label => document.getElementById(label.htmlFor).checked)"""


def test_a_tab_opens_all_of_its_name(page: Page) -> None:
    """The way of working that a reader chooses is chosen all over the page, and on the next one."""
    page.goto("./guide/branch-restore/")
    tabs = page.locator(".tabbed-labels label", has_text="curl")
    number = tabs.count()
    assert number > 1
    assert page.evaluate(OPEN) == [False] * number
    tabs.last.click()
    assert page.evaluate(OPEN) == [True] * number
    page.goto("./")
    tabs.first.wait_for()
    assert page.evaluate(OPEN) == [True] * tabs.count()
