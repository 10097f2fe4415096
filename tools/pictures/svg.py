"""The measures of a picture, and its parts.

A picture is as wide as its place. Where things stand from left to right is told in percent of that
width, everything else in em of the font that it is set in: so lines grow longer where there is
room, while letters and marks keep their size. What is laid out for the narrowest picture, of
`NARROWEST` em, fits into each wider one, because what stands apart there moves further apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

from tools.fonts.families import TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

NARROWEST = 22
"""How wide the narrowest picture is, in em. `docs/assets/pictures.css` makes no letters larger."""
ROOMY = 36
"""From how many em on words of the kind `roomy` are shown, as `pictures.css` has it."""
FIRST, LAST = 11.0, 89.0
"""Where the first instant stands, and the last, in percent."""
REGULAR, BOLD = (style.face for style in TEXT.styles[:2])
ASCENT, DESCENT = REGULAR.ascent, REGULAR.descent
LINE = 1.4
"""How far a line of words is below the one before, which is enough for the high fonts as well."""
RING = 0.45
"""How far the ring around a commit reaches, which is the largest of the marks."""
BREATH = 0.25
"""How far words keep from what is beside them."""

Anchor = Literal["start", "middle", "end"]


def text_width(words: str, kind: str) -> float:
    """Return how wide words are, in em."""
    return (BOLD if kind == "name" else REGULAR).width(words)


@dataclass(frozen=True)
class Text:
    """Words on one line: `after` em behind, around or before a place in percent."""

    words: str
    kind: str
    place: float
    baseline: float
    after: float = 0
    anchor: Anchor = "start"

    @property
    def width(self) -> float:
        """How wide the words are."""
        return text_width(self.words, self.kind)

    def span(self, width: float = NARROWEST) -> tuple[float, float]:
        """Return what the words cover in a picture of a width, and the way to where they belong.

        What is at a place in percent and not within it there, is not in any wider picture either.
        """
        place = self.place / 100 * width
        if self.anchor == "middle":
            return place - self.width / 2 - BREATH, place + self.width / 2 + BREATH
        if self.anchor == "end":
            return place + self.after - self.width - BREATH, place + BREATH
        return place - BREATH, place + self.after + self.width + BREATH

    @property
    def top(self) -> float:
        """Where the line begins."""
        return self.baseline - ASCENT

    @property
    def bottom(self) -> float:
        """Where the line ends."""
        return self.baseline + DESCENT

    def __str__(self) -> str:
        # Whatever font the browser takes, the words are as wide as they were measured.
        anchor = "" if self.anchor == "start" else f' text-anchor="{self.anchor}"'
        after = f' dx="{_em(self.after)}"' if self.after else ""
        return (
            f'<text lengthAdjust="spacingAndGlyphs"{anchor} class="{self.kind}" '
            f'x="{_percent(self.place)}"{after} y="{_em(self.baseline)}" '
            f'textLength="{_em(self.width)}">{escape(self.words)}</text>'
        )


def _em(length: float) -> str:
    """Write a length, to a hundredth of an em."""
    return f"{round(length, 2):g}em"


def _percent(place: float) -> str:
    return f"{round(place, 1):g}%"


def em(percent: float) -> float:
    """Return where a place is in the narrowest picture."""
    return percent / 100 * NARROWEST


def level(kind: str, left: float, right: float, y: float) -> str:
    """Return a line from left to right, in percent, `y` em down."""
    across = f'x1="{_percent(left)}" x2="{_percent(right)}"'
    return f'<line class="{kind}" {across} y1="{_em(y)}" y2="{_em(y)}"/>'


def cover(kind: str, left: float, right: float, top: float, bottom: float) -> str:
    """Return an area between two places in percent."""
    return (
        f'<rect class="{kind}" x="{_percent(left)}" y="{_em(top)}" '
        f'width="{_percent(right - left)}" height="{_em(bottom - top)}"/>'
    )


def at(place: float, y: float, *shapes: str) -> str:
    """Return shapes around a place in percent, `y` em down, from which their own em are counted."""
    return f'<svg x="{_percent(place)}" y="{_em(y)}">{"".join(shapes)}</svg>'


def behind(left: float, right: float, y: float, *shapes: str) -> str:
    """Return shapes between two places in percent, `y` em down, which may begin in em there."""
    width = _percent(right - left)
    return f'<svg x="{_percent(left)}" y="{_em(y)}" width="{width}">{"".join(shapes)}</svg>'


def part(top: float, bottom: float) -> str:
    """Return a part of an upright line, in em."""
    return f'<line y1="{_em(top)}" y2="{_em(bottom)}"/>'


def upright(kind: str, place: float, parts: Sequence[str]) -> str:
    """Return an upright line of parts at a place in percent."""
    return f'<svg class="{kind}" x="{_percent(place)}">{"".join(parts)}</svg>'


def upright_line(kind: str, place: float, top: float, bottom: float) -> str:
    """Return an upright line at a place in percent, from `top` to `bottom` em."""
    across = f'x1="{_percent(place)}" x2="{_percent(place)}"'
    return f'<line class="{kind}" {across} y1="{_em(top)}" y2="{_em(bottom)}"/>'


def mark(kind: str, place: float, y: float) -> str:
    """Return a mark: of a commit in the first database, in another one, or of a loss."""
    if kind == "first":
        return f'<circle class="commit" cx="{_percent(place)}" cy="{_em(y)}" r=".34em"/>'
    if kind == "second":
        side = '<rect class="commit" x="-.31em" y="-.31em" width=".62em" height=".62em"/>'
        return at(place, y, side)
    return at(
        place, y, stroke("loss", -0.34, -0.34, 0.34, 0.34), stroke("loss", 0.34, -0.34, -0.34, 0.34)
    )


def ring(place: float, y: float) -> str:
    """Return a ring around a commit that another line starts from."""
    return f'<circle class="origin" cx="{_percent(place)}" cy="{_em(y)}" r="{_em(RING)}"/>'


def stroke(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """Return a line in em."""
    return f'<line class="{kind}" x1="{_em(x1)}" y1="{_em(y1)}" x2="{_em(x2)}" y2="{_em(y2)}"/>'


def svg_document(parts: list[str], height: float, label: str) -> str:
    """Return the SVG of the parts, with words for those who do not see it.

    A search for words finds the page's own, not those of its pictures.
    """
    return "\n".join(
        [
            f'<svg class="timeline" width="100%" height="{_em(height)}" role="img" '
            f'aria-label="{escape(label)}" data-search-exclude="" '
            'xmlns="http://www.w3.org/2000/svg">',
            *parts,
            "</svg>",
            "",
        ]
    )
