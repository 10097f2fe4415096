"""Everybody can use the pages: by ear, by keyboard, on a small screen, with large letters."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.clipboard import wrong_copies
from tests.browser.pages import every_page
from tools.chromium import PHONE, WIDE
from tools.docs.addresses import SOURCES
from tools.docs.tree import ROOT
from tools.static_site_server import StaticSiteServer

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")
# What the theme decides; the others find the same in both.
OF_COLOUR = ["color-contrast", "link-in-text-block"]


def violations(page: Page, within: str = "html", *, of_colour: bool = False) -> list[str]:
    """Let axe judge an open page, or a part of it, by all its rules or by those of colours."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    only = {"runOnly": OF_COLOUR} if of_colour else {}
    found: dict[str, Any] = page.evaluate(
        "([part, options]) => axe.run(part, options)",
        [within, {"resultTypes": ["violations"], **only}],
    )
    return [
        f"{rule['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


# Every place that Tab has to reach: of the buttons of one choice it is one, the arrows do the rest.
STOPS = """() => {
  const seen = new Set()
  return [...document.querySelectorAll('a[href], button, input, summary, [tabindex="0"]')]
    .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}))
    .filter(e => e.type !== 'radio' || !seen.has(e.name) && seen.add(e.name))
    .map((e, place) => (e.dataset.stop = e.type === 'radio' ? e.name : place, e.dataset.stop))
}"""
# Notes, after each Tab, the place that has the focus, and whether a reader sees it: itself, or the
# label of its choice. The page does so, since to ask it each time would take twice as long.
NOTE = """() => {
  window.reached = []
  window.isOver = false
  addEventListener('keyup', () => {
    const e = document.activeElement
    // Past the last place the focus leaves the page.
    if (!e || e === document.body) return isOver = true
    // The switch of themes shows the label beside it, which is that of the next theme.
    const shown = e.matches('.md-option') ? e.nextElementSibling
      : e.type === 'radio' || e.type === 'checkbox' ? e.labels[0] : e
    const box = shown.getBoundingClientRect()
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
    const seen = inside && box.width > 0 && shown.checkVisibility({opacityProperty: true})
    const stop = e.type === 'radio' ? e.name : e.dataset.stop
    reached.push([stop ?? '', seen, e.outerHTML.slice(0, 100)])
  })
}"""


def beyond_the_keyboard(page: Page) -> list[str]:
    """Walk a page with Tab, and return the places that it does not reach, or reaches unseen."""
    stops: list[str] = page.evaluate(STOPS)
    page.evaluate(NOTE)
    for _ in stops:
        page.keyboard.press("Tab")
    # More than there were: a page makes some of them while it is laid out.
    for _ in stops:
        if page.evaluate("isOver"):
            break
        page.keyboard.press("Tab")
    reached: list[tuple[str, bool, str]] = page.evaluate("reached")
    missed = set(stops) - {stop for stop, _, _ in reached}
    return [
        *(f"Tab does not reach the stop {stop}" for stop in sorted(missed)),
        *(f"the focus is out of sight: {html}" for _, seen, html in reached if not seen),
    ]


# What reaches beyond the right edge without a box of its own that scrolls. What is laid out only as
# far as it is read is laid out first: Firefox would tell the places that it had before. Of pictures
# the shapes are judged: Firefox counts the room that a group of them could take.
BEYOND = """() => [...document.querySelectorAll('article :not(svg svg, svg g)')].map(e => {
    if (getComputedStyle(e).contentVisibility === 'auto') e.style.contentVisibility = 'visible'
    return e
  })
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1)
  .filter(e => {
    for (let box = e; box; box = box.parentElement)
      if (/auto|scroll/.test(getComputedStyle(box).overflowX)) return false
    return true
  })
  .map(e => e.outerHTML.slice(0, 120))"""

# What was printed and has to be scrolled to be read.
HIDDEN = """() => [...document.querySelectorAll('article .no-copy code')]
  .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth)
  .map(e => e.textContent.slice(0, 60))"""


def beyond_the_edge(page: Page, width: int) -> list[str]:
    """Make the window of a page as wide as that, and return what is wider."""
    page.set_viewport_size({"width": width, "height": 400})
    found: list[str] = page.evaluate(BEYOND) + page.evaluate(HIDDEN)
    scrolled: int = page.evaluate("document.documentElement.scrollWidth")
    if scrolled != width:
        found.append(f"the page scrolls sideways, to {scrolled}")
    return [f"at {width} pixels: {what}" for what in found]


# Fonts that a page found out about too late for its first view: by the style sheet, not by a link.
LATE = """() => performance.getEntriesByType('resource')
  .filter(({name, initiatorType}) => name.endsWith('.woff2') && initiatorType !== 'link')
  .map(({name}) => `${name} is not preloaded`)"""
# Headings that are too light to stand out, warnings that are smaller than text, and small print.
SMALL = """() => {
  const body = parseFloat(getComputedStyle(document.querySelector('article')).fontSize)
  const found = []
  for (const e of document.querySelectorAll('article :is(h1, h2, h3, h4, p, li, td, th, dd, ' +
      'figcaption, summary, label, button, pre code)')) {
    const {fontSize, fontWeight} = getComputedStyle(e)
    const size = parseFloat(fontSize)
    const heading = e.matches('h1, h2, h3, h4')
    const warning = e.matches('.admonition > *, details > *, .admonition li, details li')
    const html = e.outerHTML.slice(0, 80)
    if (heading && fontWeight < 600) found.push(`${html} weighs ${fontWeight}`)
    if (size < (heading || warning ? body : 13)) found.push(`${html} is ${size} pixels high`)
  }
  return found
}"""


# Whether the title is what one sees where it stands, and how bright the page is behind it.
SEEN = """() => {
  scrollTo({top: 0, behavior: 'instant'})
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


def wrong_at_first_sight(page: Page, *, light: bool) -> list[str]:
    """Return what of the title, the theme and the width is wrong, on a wide screen and a phone."""
    right = {"title": True, "light": light, "sideways": 0}
    found = []
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)
        seen = page.evaluate(SEEN)
        if seen != right:
            found.append(f"{seen} in place of {right} at {size['width']} pixels")
    return found


@every_page
def test_everybody_can_use_the_page(address: str, page: Page) -> None:
    """A page has no violation of any rule of axe's, its best practices included, in either theme.

    Its fonts are asked for at once, headings stand out, and warnings are as large as other text.
    The title stands clear of the header, and the theme is that of the system. Tab leads to each
    link, button and choice, and each is on the screen then. At 320 pixels, and at 200 % of 1280,
    only code that is too long scrolls, in a box of its own. Each copy button gives the bytes that
    were proved. One visit for all of it, since to load a page takes longer than to judge it.
    """
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(address)
    page.locator("article h1").wait_for()
    # Tab first: what changes the window, or scrolls, lays parts out that the keyboard then meets.
    wrong = beyond_the_keyboard(page)
    wrong += page.evaluate(LATE) + page.evaluate(SMALL)
    wrong += violations(page)
    wrong += wrong_at_first_sight(page, light=True)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.locator("body[data-md-color-scheme=slate]").wait_for()
    wrong += violations(page, of_colour=True)
    for width in (320, 640):
        wrong += beyond_the_edge(page, width)
    wrong += wrong_at_first_sight(page, light=False)
    if address in SOURCES:
        # Tab has led out of the page, and only a page with the focus may use the clipboard.
        page.bring_to_front()
        page.locator("body").click(position={"x": 0, "y": 0})
        wrong += wrong_copies(page, SOURCES[address])
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["Neon.restore", "_errors.Locked"])
def test_a_link_into_a_long_page_arrives(name: str, page: Page) -> None:
    """What is laid out only when it is read moves no heading away from whoever comes for it."""
    page.goto(f"./reference/client/#neon_restore.{name}")
    heading = page.locator(f"[id='neon_restore.{name}']")
    expect(heading).to_be_in_viewport()
    box = heading.bounding_box()
    assert box
    assert 48 < box["y"] < 100


def test_a_night_begins_dark(browser: Browser, site_server: StaticSiteServer) -> None:
    """A page is dark before its scripts are there, for those whose system is."""
    with browser.new_context(base_url=site_server.url, color_scheme="dark") as context:
        page = context.new_page()
        page.route("**/*.js", lambda route: route.abort())
        page.goto("./")
        assert page.evaluate(SEEN)["light"] is False


def test_the_focus_stays_where_it_was_moved_to(page: Page) -> None:
    """With the first Tab all of a long page is laid out: what grew later would push it away."""
    page.goto("./reference/client/")
    late = "() => [...document.querySelectorAll('article *')].filter(" \
        "e => getComputedStyle(e).contentVisibility === 'auto').length"  # fmt: skip
    assert page.evaluate(late) > 0
    page.keyboard.press("Tab")
    assert page.evaluate(late) == 0


def test_what_nobody_can_use_is_found(page: Page) -> None:
    """A picture without words, text too pale to read, a hidden link and a wide box are found."""
    page.goto("./404.html")
    page.evaluate("""() => {
      const article = document.querySelector('article')
      article.insertAdjacentHTML('beforeend',
        '<img src="/assets/images/favicon.png"><p>pale</p><a href="">unseen</a><div>wide</div>')
      const [pale, unseen, wide] = [...article.children].slice(-3)
      Object.assign(pale.style, {color: '#ddd', background: '#fff'})
      unseen.style.opacity = 0
      wide.style.width = '700px'
    }""")
    (unseen,) = beyond_the_keyboard(page)
    assert "opacity: 0" in unseen
    found = " ".join(violations(page))
    assert "image-alt" in found
    assert "color-contrast" in found
    assert "color-contrast" in " ".join(violations(page, of_colour=True))
    assert len(beyond_the_edge(page, 640)) == 2
