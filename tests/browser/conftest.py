"""A browser, and the built site on a host for it to visit."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.pages import watch
from tools import chromium
from tools.docs.blocks import ROOT
from tools.static_site_server import StaticSiteServer

PATIENCE = 10_000
"""Milliseconds that anything on a page may take."""


@pytest.fixture(scope="session")
def host() -> Iterator[StaticSiteServer]:
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
def context(browser: Browser, host: StaticSiteServer) -> Iterator[BrowserContext]:
    """A reader who has never been here, on a wide screen; addresses are relative to the site."""
    with browser.new_context(base_url=host.url) as made:
        made.set_default_timeout(PATIENCE)
        made.grant_permissions(["clipboard-read", "clipboard-write"], origin=host.origin)
        yield made


@pytest.fixture
def page(context: BrowserContext, host: StaticSiteServer) -> Iterator[Page]:
    """A tab of that reader; what is wrong with what it loads fails the test."""
    tab = context.new_page()
    wrong = watch(tab, host.origin)
    yield tab
    assert not wrong, "\n".join(wrong)
