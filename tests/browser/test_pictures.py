"""Every label of every picture is readable on each screen, in each theme and in any font.

The tests check the bounding boxes that the browser reports, for the pictures of all pages and of
all choices. One page holds all pictures, in the frames that they have on their pages.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal

import lxml.html
import pytest
from playwright.sync_api import Browser, Page, Route

from tests.docs.built_site import BuiltSite
from tests.docs.timeline_data import read
from tools.docs.addresses import TYPES
from tools.fonts.families import TEXT
from tools.static_site_server import StaticSiteServer

WIDTHS = (320, 640, 1440)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SMALLEST = 12
"""Smallest font size of a label, in pixels."""
FACE = re.compile(r"@font-face\s*\{[^}]*\}")

# Replaces the content of the page with frames of pictures.
PUT = "frames => { document.querySelector('article').innerHTML = frames.join('') }"
# Waits for the fonts and lists the families that were loaded.
LOADED = """() => document.fonts.ready.then(fonts => [...fonts]
  .filter(({status}) => status === 'loaded').map(({family}) => family.replaceAll('"', '')))"""
# Counts the labels of all pictures and lists their errors and smallest sizes.
JUDGED = """smallest => {
  const found = {labels: 0, wrong: [], sizes: []}
  const shown = e => e.checkVisibility()
  const meet = (a, b, by) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > by &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > by
  for (const picture of document.querySelectorAll('svg.timeline')) {
    const own = picture.ariaLabel.slice(0, 40)
    const whole = picture.getBoundingClientRect()
    const words = [...picture.querySelectorAll('text')].filter(shown)
      .map(e => ({said: e.textContent, box: e.getBoundingClientRect(),
                  size: parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a}))
    found.labels += words.length
    found.sizes.push([Math.round(whole.width), Math.min(...words.map(({size}) => size))])
    const note = what => found.wrong.push(`${own}: ${what}`)
    for (const {said, box, size} of words) {
      if (size < smallest) note(`“${said}” is ${size} pixels high`)
      if (box.left < whole.left - 0.5 || box.right > whole.right + 0.5 ||
          box.top < whole.top - 0.5 || box.bottom > whole.bottom + 0.5) note(`“${said}” is cut off`)
    }
    words.forEach((one, n) => words.slice(n + 1).forEach(other => {
      if (meet(one.box, other.box, 0.5)) note(`“${one.said}” lies over “${other.said}”`)
    }))
    for (const shape of picture.querySelectorAll('line, path, circle, rect.commit')) {
      const {strokeWidth, stroke} = getComputedStyle(shape)
      const reach = stroke === 'none' ? 0 : parseFloat(strokeWidth) / 2
      const near = words.filter(({box}) => {
        const {left, right, top, bottom} = shape.getBoundingClientRect()
        return meet(box, {left: left - reach, right: right + reach,
                          top: top - reach, bottom: bottom + reach}, 0)
      })
      if (!near.length) continue
      const matrix = shape.getScreenCTM()
      const length = shape.getTotalLength()
      for (let at = 0; at <= length; at += 1 / matrix.a) {
        const {x, y} = shape.getPointAtLength(at).matrixTransform(matrix)
        const crossed = near.find(({box}) => x + reach > box.left && x - reach < box.right &&
                                             y + reach > box.top && y - reach < box.bottom)
        if (crossed) {
          note(`“${crossed.said}” is crossed by ${shape.outerHTML}`)
          break
        }
      }
    }
  }
  return found
}"""


def frames() -> Iterator[str]:
    """Yield each frame that holds pictures, and a frame for each picture of a choice."""
    for page in BuiltSite().pages.values():
        for figure in page.xpath("//article//figure[svg] | //div[@data-choices]"):
            yield lxml.html.tostring(figure, encoding="unicode")
    for picture in read().pictures:
        yield f'<div class="choices"><div class="choices-picture"><div>{picture}</div></div></div>'


def with_fonts(css: str) -> str:
    """Return a style sheet that waits for the site's fonts, also on a slow machine."""
    assert "font-display:optional" in css
    return css.replace("font-display:optional", "font-display:block")


FONTS: dict[str, Callable[[str], str]] = {
    "the site's": with_fonts,
    # As if the site's fonts were blocked.
    "a fallback": lambda css: FACE.sub(lambda face: "" if "woff2" in face[0] else face[0], css),
    "the machine's": lambda css: FACE.sub("", css),
}


@pytest.mark.parametrize("fonts", FONTS)
def test_every_label_can_be_read(
    fonts: str,
    browser: Browser,
    site_server: StaticSiteServer,
    record_property: Callable[[str, object], None],
) -> None:
    """No label is cut off, overlaps another, is crossed by a line or is below 12 pixels."""

    def change(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=FONTS[fonts](answer.text()))

    with browser.new_page(base_url=site_server.url) as page:
        page.route("**/*.css", change)
        page.goto(TYPES["concept"])
        page.evaluate(PUT, [*frames()])
        assert TEXT.name in page.evaluate(LOADED) or fonts != "the site's"
        wrong = []
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for theme in THEMES:
                page.emulate_media(color_scheme=theme)
                found = page.evaluate(JUDGED, SMALLEST)
                wrong += [f"{width} pixels, {theme}: {what}" for what in found["wrong"]]
                assert found["labels"] > len(found["sizes"]) > len(read().pictures)
                record_property("labels of pictures judged", found["labels"])
            # A picture that stands alone is as wide as its column.
            column = page.evaluate("document.querySelector('article figure').clientWidth")
            assert max(size[0] for size in found["sizes"]) == column
    assert not wrong, "\n".join(wrong)


WRONG = {
    "cut off": '<text x="99%" y="2em">word</text>',
    "lies over": '<text y="2em">word</text><text x="1em" y="2em">other</text>',
    "crossed by <line": '<text y="2em">word</text><line x1="0" x2="5em" y1="1.8em" y2="1.8em"/>',
    "pixels high": '<text y="2em" font-size="9px">word</text>',
}


def test_what_cannot_be_read_is_found(page: Page) -> None:
    page.goto(TYPES["concept"])
    for fault, drawn in WRONG.items():
        svg = f'<svg class="timeline" height="4em" aria-label="A" stroke="red">{drawn}</svg>'
        page.evaluate(PUT, [svg])
        (wrong,) = page.evaluate(JUDGED, SMALLEST)["wrong"]
        assert fault in wrong
