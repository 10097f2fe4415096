"""A visit asks nothing of anybody but the site."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.host import Host
from tests.browser.pages import every_page


@pytest.fixture
def asked(page: Page) -> list[str]:
    """The origins that the page asks for something."""
    origins: list[str] = []

    def note(address: str) -> None:
        parts = urlsplit(address)
        # What stands in the page itself is asked of nobody.
        if parts.scheme not in {"data", "blob"}:
            origins.append(f"{parts.scheme}://{parts.netloc}")

    page.on("request", lambda request: note(request.url))
    page.on("websocket", lambda socket: note(socket.url))
    return origins


@every_page
def test_no_request_leaves_the_site(address: str, page: Page, host: Host, asked: list[str]) -> None:
    """A page, read to its end by day and by night, loads from its own origin alone."""
    page.emulate_media(color_scheme="light")
    page.goto(address)
    page.emulate_media(color_scheme="dark")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    assert set(asked) == {host.origin}


def test_a_search_leaves_nothing(page: Page, host: Host, asked: list[str]) -> None:
    """What a reader searches for is found in the browser, and told to nobody."""
    page.goto("./")
    search = page.get_by_placeholder("Search")
    search.focus()
    page.get_by_text("Type to start searching").wait_for()
    search.press_sequentially("restore")
    page.locator(".md-search-result__item").first.wait_for()
    assert set(asked) == {host.origin}


def test_a_request_elsewhere_is_seen(page: Page, host: Host, asked: list[str]) -> None:
    """What is asked of another origin is among what was asked."""
    page.goto("./")
    page.route("http://example.com/", lambda route: route.fulfill(body=""))
    page.goto("http://example.com/")
    assert set(asked) == {host.origin, "http://example.com"}
