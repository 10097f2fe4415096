"""The code blocks of an open page, and what their copy buttons give."""

from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.browser.pages import address_of
from tests.docs.blocks import Block, Tree
from tests.docs.tally import printed_examples

TREE = Tree()
COPY = ".md-code__button[data-md-type='copy']"
BLOCKS = "article pre:not(.doc-signature pre)"


def visit(page: Page, source: Path) -> list[tuple[Locator, Block]]:
    """Open a page and return each of its blocks with the snippet that it shows."""
    page.goto(address_of(source))
    page.locator("article h1").wait_for()
    # The reference shows the examples of docstrings besides, which have no file of their own.
    is_reference = "\n::: " in TREE.text(source)
    examples = {e.source for _, e in printed_examples(TREE)} if is_reference else set()
    found = page.locator(BLOCKS)
    texts = enumerate(found.all_text_contents())
    own = [found.nth(place) for place, text in texts if text not in examples]
    shown = [block for block in TREE.blocks if block.page == source]
    return list(zip(own, shown, strict=True))


def copy_button(block: Locator) -> Locator:
    """Return the button that copies a block."""
    return block.locator("xpath=ancestor::*[contains(@class, 'highlight')][1]").locator(COPY)


def copied(page: Page, block: Locator) -> str:
    """Press the copy button of a block and return what is on the clipboard then."""
    _open_around(block)
    page.evaluate("navigator.clipboard.writeText('')")
    copy_button(block).click()
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def _open_around(block: Locator) -> None:
    """Bring a block into view as a reader does: open the details and choose the tabs around it."""
    if block.is_visible():
        return
    for details in block.locator("xpath=ancestor::details[not(@open)]").all():
        details.locator("> summary").click()
    for panel in block.locator("xpath=ancestor::*[contains(@class, 'tabbed-block')]").all():
        place = panel.evaluate("e => [...e.parentElement.children].indexOf(e)")
        tabs = panel.locator("xpath=../../*[contains(@class, 'tabbed-labels')]/label")
        tabs.nth(place).click()
