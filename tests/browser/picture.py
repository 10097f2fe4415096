"""Takes the picture of the first page that the README shows, of site/: `make picture`."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS
from tests.docs import machine
from tests.docs.blocks import ROOT
from tools.static_site_server import StaticSiteServer

PICTURE = Path(".github", "first-page.png")
SIZE = (1280, 840)


def main() -> None:
    """Write the picture, as a reader on a wide screen sees the page by day."""
    with StaticSiteServer(ROOT / "site") as server, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=machine.browser(), args=FLAGS, chromium_sandbox=False
        )
        width, height = SIZE
        page = browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme="light",
            reduced_motion="reduce",
        )
        page.goto(server.url)
        page.evaluate("document.fonts.ready")
        page.screenshot(path=ROOT / PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
