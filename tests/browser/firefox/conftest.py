"""A fixture that replaces Chromium with Firefox for the tests of this folder."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright

from tools.docs import requirements

PREFERENCES: dict[str, str | float | bool] = {
    # No permission prompt before a page reads the clipboard.
    "dom.events.testing.asyncClipboard": True,
    # A mouse, and scroll bars that take no space, as in Chromium here.
    "ui.allPointerCapabilities": 6,
    "ui.primaryPointerCapabilities": 6,
    "ui.useOverlayScrollbars": 1,
    # No request of a page or of Firefox itself leaves this machine: DNS is disabled, and all
    # connections except loopback go to a proxy that does not exist.
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
    """Launch the machine's Firefox and control it over WebDriver BiDi."""
    home = tmp_path_factory.mktemp("home")
    with playwright.firefox.launch(
        channel="moz-firefox",
        executable_path=requirements.browser(requirements.FIREFOX),
        firefox_user_prefs=PREFERENCES,
        # Firefox neither reads nor writes files in the real home directory.
        env={**os.environ, "HOME": str(home)},
    ) as launched:
        yield launched
