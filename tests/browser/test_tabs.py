"""A tab that a reader opens is open in every set of tabs that has it."""

from playwright.sync_api import Page

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
