"""Everybody can read the pages: by ear, by keyboard, on a small screen, with large letters."""

from typing import Any, Literal

from playwright.sync_api import Page

from tests.browser.pages import both_themes, every_page
from tests.docs.blocks import ROOT

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")


def violations(page: Page, within: str = "html") -> list[str]:
    """Let axe judge an open page, or a part of it, with all its rules; return what it finds."""
    page.evaluate(AXE)
    judge = "part => axe.run(part, {resultTypes: ['violations']})"
    found: dict[str, Any] = page.evaluate(judge, within)
    return [
        f"{rule['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@every_page
@both_themes
def test_axe_finds_nothing(address: str, theme: Literal["light", "dark"], page: Page) -> None:
    """No page has a violation of any rule of axe's, its best practices included."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(address)
    page.locator("article h1").wait_for()
    assert violations(page) == []


def test_axe_finds_what_is_there(page: Page) -> None:
    """A picture without words, and text too pale to read, are found."""
    page.goto("./")
    page.evaluate("""() => {
      const article = document.querySelector('article')
      article.insertAdjacentHTML('beforeend', '<img src="assets/images/favicon.png"><p>pale</p>')
      Object.assign(article.lastElementChild.style, {color: '#ddd', background: '#fff'})
    }""")
    found = " ".join(violations(page))
    assert "image-alt" in found
    assert "color-contrast" in found


# Every place that Tab has to reach: of the buttons of one choice it is one, the arrows do the rest.
STOPS = """() => {
  const seen = new Set()
  return [...document.querySelectorAll('a[href], button, input, summary, [tabindex="0"]')]
    .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}))
    .filter(e => e.type !== 'radio' || !seen.has(e.name) && seen.add(e.name))
    .map((e, place) => (e.dataset.stop = e.type === 'radio' ? e.name : place, e.dataset.stop))
}"""
# The place that has the focus, and whether a reader sees it: itself, or the label of its choice.
FOCUSED = """() => {
  const e = document.activeElement
  if (!e || e === document.body) return null
  // The switch of themes shows the label beside it, which is that of the next theme.
  const shown = e.matches('.md-option') ? e.nextElementSibling
    : e.type === 'radio' || e.type === 'checkbox' ? e.labels[0] : e
  const box = shown.getBoundingClientRect()
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
  const seen = inside && box.width > 0 && shown.checkVisibility({opacityProperty: true})
  const stop = e.type === 'radio' ? e.name : e.dataset.stop
  return [stop ?? e.outerHTML.slice(0, 100), seen, e.outerHTML.slice(0, 100)]
}"""


@every_page
def test_the_keyboard_reaches_everything(address: str, page: Page) -> None:
    """Tab leads to every link, button and choice of a page, and each is on the screen then."""
    page.emulate_media(reduced_motion="reduce")
    page.goto(address)
    page.locator("article h1").wait_for()
    stops = page.evaluate(STOPS)
    reached = set()
    for _ in range(len(stops) + 20):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            break
        stop, seen, html = focused
        assert seen, html
        reached.add(stop)
    assert set(stops) - reached == set()


# What reaches beyond the right edge without a box of its own that scrolls.
BEYOND = """() => [...document.querySelectorAll('article *')]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1)
  .filter(e => {
    for (let box = e; box; box = box.parentElement)
      if (/auto|scroll/.test(getComputedStyle(box).overflowX)) return false
    return true
  })
  .map(e => e.outerHTML.slice(0, 120))"""


@every_page
def test_no_page_scrolls_sideways(address: str, page: Page) -> None:
    """At 320 pixels, and at 200 % of 1280, only what is too long scrolls, in a box of its own."""
    page.set_viewport_size({"width": 320, "height": 400})
    page.goto(address)
    for width in 320, 640:
        page.set_viewport_size({"width": width, "height": 400})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(BEYOND) == []
