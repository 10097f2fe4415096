"""A tab that a reader opens is open in every set of tabs that has it."""

from playwright.sync_api import Page

# Whether the tab named curl is open, for each set of tabs that has one.
OPEN = """() => [...document.querySelectorAll('.tabbed-labels label')]
  .filter(label => label.textContent === 'curl')
  .map(label => document.getElementById(label.htmlFor).checked)"""


def test_a_tab_opens_all_of_its_name(page: Page) -> None:
    """The selection applies to every set of tabs on the page, and to the next page."""
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
