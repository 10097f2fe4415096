"""How each type of page looks, on a phone and on a wide screen, by day and by night.

`make screenshots` leaves a screenshot of each in `.cache/screenshots`, for people to look at.
"""

from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.pages import TYPES, both_themes
from tests.docs.blocks import ROOT
from tools.static_site_server import StaticSiteServer

SCREENSHOTS = ROOT / ".cache/screenshots"
SCREENS: dict[str, ViewportSize] = {
    "phone": {"width": 390, "height": 844},
    "wide": {"width": 1280, "height": 900},
}
# As much of a page as somebody looks through.
TALLEST = 6000
# Whether the title is what one sees where it stands, and how bright the page is behind it.
SEEN = """() => {
  const title = document.querySelector("article h1")
  const {left, top, height} = title.getBoundingClientRect()
  const shown = document.elementFromPoint(left + 4, top + height / 2)
  const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\\d+/g)
  return {
    title: title.contains(shown),
    light: 0.3 * red + 0.6 * green + 0.1 * blue > 128,
    sideways: document.documentElement.scrollWidth - innerWidth,
  }
}"""


@pytest.mark.parametrize("kind", TYPES)
@both_themes
def test_a_page_looks_right(
    kind: str, theme: Literal["light", "dark"], page: Page, request: pytest.FixtureRequest
) -> None:
    """The title stands clear of the header, nothing reaches over the edge, the theme is asked."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(TYPES[kind])
    for name, size in SCREENS.items():
        page.set_viewport_size(size)
        seen = page.evaluate(SEEN)
        assert seen == {"title": True, "light": theme == "light", "sideways": 0}, name
        if request.config.getoption("--screenshots"):
            # What is off the screen need not be drawn: a tall screen shows it all.
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": size["width"], "height": min(height, TALLEST)})
            page.screenshot(path=SCREENSHOTS / f"{kind}, {name}, {theme}.png")


@pytest.mark.parametrize("name", ["Neon.restore", "_errors.Busy"])
def test_a_link_into_a_long_page_arrives(name: str, page: Page) -> None:
    """What is laid out only when it is read moves no heading away from whoever comes for it."""
    page.goto(f"./reference/client/#neon_restore.{name}")
    heading = page.locator(f"[id='neon_restore.{name}']")
    expect(heading).to_be_in_viewport()
    box = heading.bounding_box()
    assert box
    assert 48 < box["y"] < 100


def test_a_night_begins_dark(browser: Browser, host: StaticSiteServer) -> None:
    """A page is dark before its scripts are there, for those whose system is."""
    with browser.new_context(base_url=host.url, color_scheme="dark") as context:
        page = context.new_page()
        page.route("**/*.js", lambda route: route.abort())
        page.goto("./")
        assert page.evaluate(SEEN)["light"] is False
