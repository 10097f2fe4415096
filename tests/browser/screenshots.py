"""Takes screenshots of each type of page of site/, for people to look at: `make screenshots`."""

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.pages import TYPES
from tests.browser.test_accessible import PHONE, WIDE
from tests.docs import machine
from tests.docs.blocks import ROOT
from tools.static_site_server import StaticSiteServer

FOLDER = ROOT / ".cache/screenshots"
# As much of a page, in pixels, as somebody looks through.
TALLEST = 6000


def main() -> None:
    """Write a picture of each type of page: on a phone and a wide screen, light and dark."""
    with StaticSiteServer(ROOT / "site") as server, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=machine.browser(), args=FLAGS, chromium_sandbox=False
        )
        page = browser.new_page(base_url=server.url, reduced_motion="reduce")
        for kind, address in TYPES.items():
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)
                for screen, size in {"phone": PHONE, "wide": WIDE}.items():
                    page.set_viewport_size(size)
                    page.goto(address)
                    page.evaluate("document.fonts.ready")
                    # What is off the screen need not be drawn: a tall screen shows it all.
                    height = page.evaluate("document.documentElement.scrollHeight")
                    page.set_viewport_size({"width": size["width"], "height": min(height, TALLEST)})
                    path = FOLDER / f"{kind}, {screen}, {theme}.png"
                    page.screenshot(path=path)
                    print(path.relative_to(ROOT))
        browser.close()


if __name__ == "__main__":
    main()
