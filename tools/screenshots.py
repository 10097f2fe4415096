"""Takes screenshots of each type of page, for people: `python -m tools.screenshots [--readme]`."""

import argparse
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tools import chromium
from tools.chromium import PHONE, WIDE
from tools.docs.addresses import TYPES
from tools.docs.tree import ROOT
from tools.static_site_server import StaticSiteServer

FOLDER = ROOT / ".cache/screenshots"
TALLEST = 6000
"""The maximum height of a screenshot, in pixels."""
README = Path(".github", "first-page.png")
README_HEIGHT = 840


def write_all(browser: Browser, url: str) -> None:
    """Write a screenshot of each type of page: on a phone and a wide screen, light and dark."""
    page = browser.new_page(base_url=url, reduced_motion="reduce")
    for kind, address in TYPES.items():
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            for screen, size in {"phone": PHONE, "wide": WIDE}.items():
                page.set_viewport_size(size)
                page.goto(address)
                page.evaluate("document.fonts.ready")
                # A browser may not draw what is off the screen, so make the screen tall.
                height = page.evaluate("document.documentElement.scrollHeight")
                page.set_viewport_size({"width": size["width"], "height": min(height, TALLEST)})
                path = FOLDER / f"{kind}, {screen}, {theme}.png"
                page.screenshot(path=path)
                print(path.relative_to(ROOT))


def write_readme(browser: Browser, url: str) -> None:
    """Write the screenshot for the README: the first page on a wide screen, light."""
    page = browser.new_page(
        viewport={"width": WIDE["width"], "height": README_HEIGHT},
        color_scheme="light",
        reduced_motion="reduce",
    )
    page.goto(url)
    page.evaluate("document.fonts.ready")
    page.screenshot(path=ROOT / README)


def main() -> None:
    """Take the screenshots that the arguments select."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readme", action="store_true", help="the screenshot of the README")
    write = write_readme if parser.parse_args().readme else write_all
    with (
        StaticSiteServer(ROOT / "site") as server,
        sync_playwright() as playwright,
        chromium.launch(playwright) as browser,
    ):
        write(browser, server.url)


if __name__ == "__main__":
    main()
