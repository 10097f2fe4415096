"""The site's fonts: text is shown before they load, and nothing moves when they arrive."""

import pytest
from playwright.sync_api import Browser, Route, ViewportSize

from tools.docs.addresses import TYPES
from tools.static_site_server import StaticSiteServer

# The layout shifts of a page: their scores, and the elements that moved.
SHIFTS = """() => new Promise(done => {
  const found = []
  new PerformanceObserver(list => found.push(...list.getEntries()))
    .observe({type: 'layout-shift', buffered: true})
  setTimeout(() => done(found.map(({value, sources}) =>
    `${value}: ${sources.map(({node}) => node?.outerHTML?.slice(0, 80))}`)), 300)
})"""


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_when_fonts_come_late(
    kind: str, width: int, browser: Browser, site_server: StaticSiteServer
) -> None:
    """Text is shown in the fallback font and keeps its line breaks when the site's fonts load."""
    held: list[Route] = []
    size: ViewportSize = {"width": width, "height": 844}
    with browser.new_page(base_url=site_server.url, viewport=size) as page:
        page.route("**/*.woff2", lambda route: held.append(route))
        page.goto(TYPES[kind], wait_until="domcontentloaded")
        page.locator("article h1").wait_for(state="attached")
        assert page.evaluate(SHIFTS) == []
        assert len(held) >= 2
        for route in held:
            route.continue_()
        page.wait_for_load_state("networkidle")
        assert page.evaluate(SHIFTS) == []
