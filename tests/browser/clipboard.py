"""Code blocks of an open page, and the text that their copy buttons give."""

from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.docs.coverage_report import printed_examples
from tools.docs.addresses import address_of
from tools.docs.tree import COPIED, Block, DocsTree

TREE = DocsTree()
COPY = ".md-code__button[data-md-type='copy']"
# Except signatures in the reference, and the block that the timeline's script adds.
BLOCKS = "article pre:not(.doc-signature pre, .choices pre)"
# Opens the details and tabs around a block, scrolls to its copy button and returns its position.
# An element that covers the button is an error. All of it is one call to the page, since there are
# hundreds of blocks.
REACH = """async (block, copy) => {
  const around = (what, e = block.parentElement.closest(what)) =>
    e ? [e, ...around(what, e.parentElement.closest(what))] : []
  for (const details of around('details:not([open])')) details.firstElementChild.click()
  for (const panel of around('.tabbed-block')) {
    const place = [...panel.parentElement.children].indexOf(panel)
    panel.closest('.tabbed-set').querySelectorAll(':scope > .tabbed-labels > label')[place].click()
  }
  await navigator.clipboard.writeText('')
  const button = block.closest('.highlight').querySelector(copy)
  button.scrollIntoView({block: 'center', behavior: 'instant'})
  const box = button.getBoundingClientRect()
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  const top = document.elementFromPoint(x, y)
  if (!button.contains(top)) throw Error(`over the copy button lies ${top?.outerHTML}`)
  return [x, y]
}"""


def visit(page: Page, source: Path) -> list[tuple[Locator, Block]]:
    """Open a page and return each of its blocks with the snippet that it shows."""
    page.goto(address_of(source))
    page.locator("article h1").wait_for()
    return blocks(page, source)


def blocks(page: Page, source: Path) -> list[tuple[Locator, Block]]:
    """Return each block of an open page with the snippet that it shows."""
    # The reference also shows the examples of docstrings, which have no snippet file.
    is_reference = "\n::: " in TREE.text(source)
    examples = {e.source for _, e in printed_examples(TREE)} if is_reference else set()
    found = page.locator(BLOCKS)
    texts = enumerate(found.all_text_contents())
    own = [found.nth(place) for place, text in texts if text not in examples]
    shown = [block for block in TREE.blocks if block.page == source]
    return list(zip(own, shown, strict=True))


def copy_button(block: Locator) -> Locator:
    """Return the copy button of a block."""
    return block.locator("xpath=ancestor::*[contains(@class, 'highlight')][1]").locator(COPY)


def copied(page: Page, block: Locator) -> str:
    """Press the copy button of a block and return the text on the clipboard."""
    x, y = block.evaluate(REACH, COPY)
    page.mouse.click(x, y)
    return str(page.evaluate("navigator.clipboard.readText()"))


def wrong_copies(page: Page, source: Path) -> list[str]:
    """Press each copy button of an open page and list the blocks that do not give the file.

    The last newline is not compared: Material leaves it off, so that a shell waits for the reader
    before it runs the last line of a pasted block.
    """
    wrong = []
    for block, shown in blocks(page, source):
        if shown.kind not in COPIED:
            if copy_button(block).count():
                wrong.append(f"{shown.snippet} has a copy button")
        elif copied(page, block) + "\n" != TREE.text(Path("snippets", shown.snippet)):
            wrong.append(f"the copy button of {shown.snippet} does not give the file")
    return wrong
