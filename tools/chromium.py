"""Starts the Chromium of this machine, and says how large the screens of its readers are."""

from playwright.sync_api import Browser, Playwright, ViewportSize

from tools.docs import requirements

FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    # Whatever a page would ask of another host never leaves this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


def launch(playwright: Playwright) -> Browser:
    """Start the browser; it ends with the block of a `with` statement."""
    return playwright.chromium.launch(
        executable_path=requirements.browser(), args=FLAGS, chromium_sandbox=False
    )
