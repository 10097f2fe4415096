"""Firefox in the place of Chromium, for the tests of this folder."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright

from tests.browser.conftest import TIMEOUT_MS
from tools.docs import requirements
from tools.static_site_server import StaticSiteServer

PREFERENCES: dict[str, str | float | bool] = {
    # Without the question that a reader answers before a page reads the clipboard.
    "dom.events.testing.asyncClipboard": True,
    # A mouse and scroll bars that take no room, as Chromium has them here.
    "ui.allPointerCapabilities": 6,
    "ui.primaryPointerCapabilities": 6,
    "ui.useOverlayScrollbars": 1,
    # Whatever a page, or Firefox itself, would ask of another host never leaves this machine: no
    # name is looked up, and all but loopback goes to a proxy that is not there.
    "network.dns.disabled": True,
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 1,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 1,
    "network.proxy.allow_bypass": False,
    "network.proxy.failover_direct": False,
}


@pytest.fixture(scope="package")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The machine's own Firefox, spoken to over WebDriver BiDi."""
    home = tmp_path_factory.mktemp("home")
    with playwright.firefox.launch(
        channel="moz-firefox",
        executable_path=requirements.browser(requirements.FIREFOX),
        firefox_user_prefs=PREFERENCES,
        # It reads and writes nothing of the user's own.
        env={**os.environ, "HOME": str(home)},
    ) as launched:
        yield launched


@pytest.fixture
def context(browser: Browser, site_server: StaticSiteServer) -> Iterator[BrowserContext]:
    """A reader who has never been here; Firefox knows no permission for the clipboard."""
    with browser.new_context(base_url=site_server.url) as made:
        made.set_default_timeout(TIMEOUT_MS)
        yield made
