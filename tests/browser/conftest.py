"""A browser, and the built site on a host for it to visit."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.pages import collect_errors
from tools import chromium
from tools.docs.tree import ROOT
from tools.static_site_server import StaticSiteServer

TIMEOUT_MS = 10_000
"""Milliseconds that anything on a page may take."""


@pytest.fixture(scope="session")
def site_server() -> Iterator[StaticSiteServer]:
    """The site as it was built, below the path that it was built for."""
    base = urlsplit(os.environ.get("SITE_URL") or "/").path.rstrip("/") + "/"
    with StaticSiteServer(ROOT / "site", base) as serving:
        yield serving


# For this folder alone: playwright keeps an event loop running, beside which no other may start.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """What drives the browsers."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The machine's own Chromium."""
    with chromium.launch(playwright) as launched:
        yield launched


@pytest.fixture
def context(browser: Browser, site_server: StaticSiteServer) -> Iterator[BrowserContext]:
    """A reader who has never been here, on a wide screen; addresses are relative to the site."""
    with browser.new_context(base_url=site_server.url) as made:
        made.set_default_timeout(TIMEOUT_MS)
        made.grant_permissions(["clipboard-read", "clipboard-write"], origin=site_server.origin)
        yield made


@pytest.fixture
def page(context: BrowserContext, site_server: StaticSiteServer) -> Iterator[Page]:
    """A tab of that reader; what is wrong with what it loads fails the test."""
    tab = context.new_page()
    wrong = collect_errors(tab, site_server.origin)
    yield tab
    assert not wrong, "\n".join(wrong)
