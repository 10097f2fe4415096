"""What the copy button puts on the clipboard is the file that was proved.

All of it but the last line end: Material leaves that off, so that a shell into which a block is
pasted waits for the reader before it runs the last line.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.pages import address_of, every_page
from tests.docs.blocks import COPIED, Tree
from tests.docs.tally import printed_examples

TREE = Tree()
COPY = ".md-code__button[data-md-type='copy']"
BLOCKS = "article pre:not(.doc-signature pre)"


def open_around(block: Locator) -> None:
    """Bring a block into view as a reader does: open the details and choose the tabs around it."""
    if block.is_visible():
        return
    for details in block.locator("xpath=ancestor::details[not(@open)]").all():
        details.locator("> summary").click()
    for panel in block.locator("xpath=ancestor::*[contains(@class, 'tabbed-block')]").all():
        place = panel.evaluate("e => [...e.parentElement.children].indexOf(e)")
        tabs = panel.locator("xpath=../../*[contains(@class, 'tabbed-labels')]/label")
        tabs.nth(place).click()


def copied(page: Page, block: Locator) -> str:
    """Press the copy button of a block and return what is on the clipboard then."""
    open_around(block)
    page.evaluate("navigator.clipboard.writeText('')")
    block.locator("xpath=ancestor::*[contains(@class, 'highlight')][1]").locator(COPY).click()
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


@pytest.mark.parametrize("source", TREE.pages, ids=str)
def test_every_copy_is_the_file(source: Path, page: Page) -> None:
    """Pressed for each block of a page in turn, the button gives the bytes that were proved."""
    page.goto(address_of(source))
    page.locator("article h1").wait_for()
    # The reference shows the examples of docstrings besides, which have no file of their own.
    examples = {example.source for _, example in printed_examples(TREE)}
    is_reference = "\n::: " in TREE.text(source)
    blocks = page.locator(BLOCKS)
    own = [
        blocks.nth(place)
        for place, text in enumerate(blocks.all_text_contents())
        if not (is_reference and text in examples)
    ]
    shown = [block for block in TREE.blocks if block.page == source]
    assert len(own) == len(shown)
    for block, snippet in zip(own, shown, strict=True):
        highlight = block.locator("xpath=ancestor::*[contains(@class, 'highlight')][1]")
        if snippet.kind in COPIED:
            assert copied(page, block) + "\n" == TREE.text(Path("snippets", snippet.snippet)), (
                snippet
            )
        else:
            assert highlight.locator(COPY).count() == 0, snippet


def test_a_tab_is_remembered(page: Page) -> None:
    """The way of working that a reader chooses is chosen on the next page as well."""
    page.goto("./")
    page.locator(".tabbed-labels label", has_text="curl").first.click()
    page.goto("./guide/branch-restore/")
    chosen = page.locator(".tabbed-labels--linked label", has_text="curl").first
    mark = chosen.get_attribute("for")
    assert page.locator(f"#{mark}").is_checked()


@every_page
def test_a_narrow_page_does_not_scroll_sideways(address: str, page: Page) -> None:
    """At 320 pixels the page is as wide as the screen; what is too long scrolls in its own box."""
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    beyond = page.evaluate(BEYOND)
    assert beyond == []


# What reaches beyond the right edge without a box of its own that scrolls.
BEYOND = """() => [...document.querySelectorAll('article *')]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1)
  .filter(e => {
    for (let box = e; box; box = box.parentElement)
      if (/auto|scroll/.test(getComputedStyle(box).overflowX)) return false
    return true
  })
  .map(e => e.outerHTML.slice(0, 120))"""
