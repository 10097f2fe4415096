"""Starts the Chromium of this machine, and defines the screen sizes of readers."""

from playwright.sync_api import Browser, Playwright, ViewportSize

from tools.docs import requirements

FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    # Chromium resolves no other host, so a page's requests never leave this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


def launch(playwright: Playwright) -> Browser:
    """Start the browser; use it in a `with` statement, which closes it."""
    return playwright.chromium.launch(
        executable_path=requirements.browser(), args=FLAGS, chromium_sandbox=False
    )
