"""Fixtures for Chromium and for a server of the built site, and a check for errors of a page."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    sync_playwright,
)

from tools import chromium
from tools.docs.tree import ROOT
from tools.static_site_server import StaticSiteServer

TIMEOUT_MS = 10_000
"""Timeout of an action on a page, in milliseconds."""


@pytest.fixture(scope="session")
def site_server() -> Iterator[StaticSiteServer]:
    """Serve the built site under the path of `SITE_URL`."""
    base = urlsplit(os.environ.get("SITE_URL") or "/").path.rstrip("/") + "/"
    with StaticSiteServer(ROOT / "site", base) as server:
        yield server


# Package scope: Playwright keeps an event loop running, and no other can start beside it.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Start the Playwright driver."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Launch the machine's Chromium."""
    with chromium.launch(playwright) as launched:
        yield launched


@pytest.fixture
def context(browser: Browser, site_server: StaticSiteServer) -> Iterator[BrowserContext]:
    """Open a fresh context with a wide screen; URLs are relative to the site."""
    with browser.new_context(base_url=site_server.url) as made:
        made.set_default_timeout(TIMEOUT_MS)
        if browser.browser_type.name == "chromium":  # Firefox has no permissions for it.
            made.grant_permissions(["clipboard-read", "clipboard-write"], origin=site_server.origin)
        yield made


@pytest.fixture
def page(context: BrowserContext, site_server: StaticSiteServer) -> Iterator[Page]:
    """Open a tab in the context; errors on the pages that it loads fail the test."""
    tab = context.new_page()
    wrong = collect_errors(tab, site_server.origin)
    yield tab
    assert not wrong, "\n".join(wrong)


def collect_errors(page: Page, origin: str) -> list[str]:
    """Return a list that collects browser errors, warnings and requests to other origins."""
    wrong: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            wrong.append(f"{said.text} ({said.location.get('url')})")

    def note(address: str) -> None:
        parts = urlsplit(address)
        # Data and blob URLs cause no network request.
        if parts.scheme not in {"data", "blob"} and f"{parts.scheme}://{parts.netloc}" != origin:
            wrong.append(f"{address} is asked of another origin")

    page.on("request", lambda request: note(request.url))
    page.on("websocket", lambda socket: note(socket.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", hear)
    return wrong
