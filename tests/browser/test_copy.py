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


def test_a_tab_is_remembered(page: Page) -> None:
    """The way of working that a reader chooses is chosen on the next page as well."""
    page.goto("./")
    page.locator(".tabbed-labels label", has_text="curl").first.click()
    page.goto("./guide/branch-restore/")
    chosen = page.locator(".tabbed-labels--linked label", has_text="curl").first
    mark = chosen.get_attribute("for")
    assert page.locator(f"#{mark}").is_checked()
