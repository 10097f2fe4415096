"""Accessibility of the pages: screen readers, keyboard, small screens and large text."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.clipboard import wrong_copies
from tools.chromium import PHONE, WIDE
from tools.docs.addresses import ADDRESSES, SOURCES
from tools.docs.tree import ROOT
from tools.static_site_server import StaticSiteServer

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")
# Rules that depend on the theme; all others find the same in both themes.
OF_COLOUR = ["color-contrast", "link-in-text-block"]


def violations(page: Page, within: str = "html", *, of_colour: bool = False) -> list[str]:
    """Return axe's violations on a page or a part of it, of all rules or of the color rules."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = {"resultTypes": ["violations"]} | ({"runOnly": OF_COLOUR} if of_colour else {})
    found = page.evaluate("([part, options]) => axe.run(part, options)", [within, options])
    return [
        f"{rule['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


# Every stop that Tab must reach. A group of radio buttons is one stop: arrow keys move within it.
STOPS = """() => {
  const seen = new Set()
  return [...document.querySelectorAll('a[href], button, input, summary, [tabindex="0"]')]
    .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}))
    .filter(e => e.type !== 'radio' || !seen.has(e.name) && seen.add(e.name))
    .map((e, place) => (e.dataset.stop = e.type === 'radio' ? e.name : place, e.dataset.stop))
}"""
# Records after each Tab the stop that has the focus, and whether it or its label is visible. A
# script in the page does so, since a query from the test after each Tab takes twice as long.
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
    """Press Tab through a page; return the stops that it misses or reaches out of sight."""
    stops: list[str] = page.evaluate(STOPS)
    page.evaluate(NOTE)
    for _ in stops:
        page.keyboard.press("Tab")
    # More presses than there were stops: a page adds some of them during layout.
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


# Elements that extend beyond the right edge and are not inside a box that scrolls. Content with
# `content-visibility: auto` is laid out first: Firefox would report its old positions. In pictures
# only shapes are checked: Firefox counts the space that a group of them could take.
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

# Outputs that must be scrolled sideways to be read.
HIDDEN = """() => [...document.querySelectorAll('article .no-copy code')]
  .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth)
  .map(e => e.textContent.slice(0, 60))"""


def beyond_the_edge(page: Page, width: int) -> list[str]:
    """Set the width of a page's window and return the elements that are wider."""
    page.set_viewport_size({"width": width, "height": 400})
    found: list[str] = page.evaluate(BEYOND) + page.evaluate(HIDDEN)
    scrolled: int = page.evaluate("document.documentElement.scrollWidth")
    if scrolled != width:
        found.append(f"the page scrolls sideways, to {scrolled}")
    return [f"at {width} pixels: {what}" for what in found]


# Fonts that load too late for the first view: from the style sheet, not from a preload link.
LATE = """() => performance.getEntriesByType('resource')
  .filter(({name, initiatorType}) => name.endsWith('.woff2') && initiatorType !== 'link')
  .map(({name}) => `${name} is not preloaded`)"""
# Headings that are too light, headings and warnings smaller than body text, text below 13 pixels.
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


# Whether the title is uncovered and the background light, and how far the page scrolls sideways.
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
    """Return errors in the title, the theme and the page width, on a phone and a wide screen."""
    right = {"title": True, "light": light, "sideways": 0}
    found = []
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)
        seen = page.evaluate(SEEN)
        if seen != right:
            found.append(f"{seen} in place of {right} at {size['width']} pixels")
    return found


@pytest.mark.parametrize("address", ADDRESSES)
def test_everybody_can_use_the_page(address: str, page: Page) -> None:
    """A page violates no axe rule, best practices included, in either theme.

    Its fonts are preloaded, headings stand out, and warnings are as large as other text. The header
    does not cover the title, and the theme is that of the system. Tab reaches each link, button and
    choice, and each is then on the screen. At 320 pixels, and at 200 % of 1280, only code that is
    too long scrolls, inside its box. Each copy button gives the bytes of the tested snippet. One
    load serves all checks, since a page takes longer to load than to check.
    """
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(address)
    page.locator("article h1").wait_for()
    # Tab first: a resize or a scroll lays out more of the page, which Tab would then reach.
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
        # Tab has moved the focus out of the page, and only a focused page may use the clipboard.
        page.bring_to_front()
        page.locator("body").click(position={"x": 0, "y": 0})
        wrong += wrong_copies(page, SOURCES[address])
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["Neon.restore", "_errors.Locked"])
def test_a_link_into_a_long_page_arrives(name: str, page: Page) -> None:
    """Content with `content-visibility: auto` does not move the heading that a link points to."""
    page.goto(f"./reference/client/#neon_restore.{name}")
    heading = page.locator(f"[id='neon_restore.{name}']")
    expect(heading).to_be_in_viewport()
    assert 48 < heading.evaluate("e => e.getBoundingClientRect().y") < 100


def test_a_night_begins_dark(browser: Browser, site_server: StaticSiteServer) -> None:
    """With a dark system theme, a page is dark before its scripts load."""
    with browser.new_page(base_url=site_server.url, color_scheme="dark") as page:
        page.route("**/*.js", lambda route: route.abort())
        page.goto("./")
        assert page.evaluate(SEEN)["light"] is False


def test_the_focus_stays_where_it_was_moved_to(page: Page) -> None:
    """The first Tab lays out all of a long page: later layout would move the focused element."""
    page.goto("./reference/client/")
    late = "() => [...document.querySelectorAll('article *')].filter(" \
        "e => getComputedStyle(e).contentVisibility === 'auto').length"  # fmt: skip
    assert page.evaluate(late) > 0
    page.keyboard.press("Tab")
    assert page.evaluate(late) == 0


def test_what_nobody_can_use_is_found(page: Page) -> None:
    """An image without alt text, pale text, an invisible link and a wide box are found."""
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
