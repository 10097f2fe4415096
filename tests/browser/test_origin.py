"""A page sends no requests to other origins.

Every test here checks this: the fixture `page` fails on a request to another origin.
"""

from playwright.sync_api import BrowserContext, Page

from tests.browser.pages import collect_errors
from tools.static_site_server import StaticSiteServer


def test_a_search_leaves_nothing(page: Page) -> None:
    """Search runs in the browser and sends the query to no server."""
    page.goto("./")
    search = page.get_by_placeholder("Search")
    search.focus()
    page.get_by_text("Type to start searching").wait_for()
    search.press_sequentially("restore")
    page.locator(".md-search-result__item").first.wait_for()


def test_what_leaves_the_site_is_noticed(
    context: BrowserContext, site_server: StaticSiteServer
) -> None:
    """The check names a request to another origin, and no other request."""
    tab = context.new_page()
    wrong = collect_errors(tab, site_server.origin)
    tab.route("http://example.com/", lambda route: route.fulfill(body=""))
    tab.goto("./")
    tab.goto("http://example.com/")
    assert wrong == ["http://example.com/ is asked of another origin"]
