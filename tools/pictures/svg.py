"""The dimensions of a picture, and its SVG parts.

A picture is as wide as its container. Horizontal positions are in percent of that width, and all
other lengths in em of the picture's font. So lines grow with the width, while letters and marks
keep their size. A layout for the narrowest picture, of `NARROWEST` em, fits every wider one,
because separate parts only move further apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from tools.fonts.families import TEXT

NARROWEST = 22
"""The width of the narrowest picture, in em. `docs/assets/pictures.css` makes no letters larger."""
ROOMY = 36
"""The width in em from which words of the kind `roomy` are shown, as in `pictures.css`."""
FIRST, LAST = 11.0, 89.0
"""The positions of the first and the last instant, in percent."""
REGULAR, BOLD = (style.face for style in TEXT.styles[:2])
ASCENT, DESCENT = REGULAR.ascent, REGULAR.descent
LINE = 1.4
"""The line height, in em, which is enough for tall fonts too."""
RING = 0.45
"""The radius of the ring around a commit, the largest of the marks, in em."""
BREATH = 0.25
"""The space between words and what is beside them, in em."""

Anchor = Literal["start", "middle", "end"]


def text_width(words: str, kind: str) -> float:
    """Return the width of words, in em."""
    return (BOLD if kind == "name" else REGULAR).width(words)


@dataclass(frozen=True)
class Text:
    """Words on one line: after, around or before a place in percent, with `after` em between."""

    words: str
    kind: str
    place: float
    baseline: float
    after: float = 0
    anchor: Anchor = "start"

    @property
    def width(self) -> float:
        """The width of the words, in em."""
        return text_width(self.words, self.kind)

    def span(self, width: float = NARROWEST) -> tuple[float, float]:
        """Return the range from the place to the end of the words, in em, for a picture width.

        A place in percent outside this range is outside it in every wider picture too.
        """
        place = self.place / 100 * width
        if self.anchor == "middle":
            return place - self.width / 2 - BREATH, place + self.width / 2 + BREATH
        if self.anchor == "end":
            return place + self.after - self.width - BREATH, place + BREATH
        return place - BREATH, place + self.after + self.width + BREATH

    @property
    def top(self) -> float:
        """The top of the line, in em."""
        return self.baseline - ASCENT

    @property
    def bottom(self) -> float:
        """The bottom of the line, in em."""
        return self.baseline + DESCENT

    def __str__(self) -> str:
        # Whichever font the browser uses, the words have the measured width.
        anchor = "" if self.anchor == "start" else f' text-anchor="{self.anchor}"'
        after = f' dx="{_em(self.after)}"' if self.after else ""
        return (
            f'<text lengthAdjust="spacingAndGlyphs"{anchor} class="{self.kind}" '
            f'x="{_percent(self.place)}"{after} y="{_em(self.baseline)}" '
            f'textLength="{_em(self.width)}">{escape(self.words)}</text>'
        )


def _em(length: float) -> str:
    """Format a length, to a hundredth of an em."""
    return f"{round(length, 2):g}em"


def _percent(place: float) -> str:
    return f"{round(place, 1):g}%"


def em(percent: float) -> float:
    """Convert a place in percent to em in the narrowest picture."""
    return percent / 100 * NARROWEST


def level(kind: str, left: float, right: float, y: float) -> str:
    """Return a horizontal line between two places in percent, `y` em down."""
    across = f'x1="{_percent(left)}" x2="{_percent(right)}"'
    return f'<line class="{kind}" {across} y1="{_em(y)}" y2="{_em(y)}"/>'


def cover(kind: str, left: float, right: float, top: float, bottom: float) -> str:
    """Return an area: left and right in percent, top and bottom in em."""
    return (
        f'<rect class="{kind}" x="{_percent(left)}" y="{_em(top)}" '
        f'width="{_percent(right - left)}" height="{_em(bottom - top)}"/>'
    )


def at(place: float, y: float, *shapes: str) -> str:
    """Return shapes around an origin at a place in percent, `y` em down."""
    return f'<svg x="{_percent(place)}" y="{_em(y)}">{"".join(shapes)}</svg>'


def behind(left: float, right: float, y: float, *shapes: str) -> str:
    """Return shapes between two places in percent, `y` em down; their start may be in em."""
    width = _percent(right - left)
    return f'<svg x="{_percent(left)}" y="{_em(y)}" width="{width}">{"".join(shapes)}</svg>'


def part(top: float, bottom: float) -> str:
    """Return a part of a vertical line, in em."""
    return f'<line y1="{_em(top)}" y2="{_em(bottom)}"/>'


def upright(kind: str, place: float, parts: Sequence[str]) -> str:
    """Return a vertical line of parts at a place in percent."""
    return f'<svg class="{kind}" x="{_percent(place)}">{"".join(parts)}</svg>'


def upright_line(kind: str, place: float, top: float, bottom: float) -> str:
    """Return an upright line at a place in percent, from `top` to `bottom` em."""
    across = f'x1="{_percent(place)}" x2="{_percent(place)}"'
    return f'<line class="{kind}" {across} y1="{_em(top)}" y2="{_em(bottom)}"/>'


def mark(kind: str, place: float, y: float) -> str:
    """Return the mark of a commit: in the first database, in another one, or with a loss."""
    if kind == "first":
        return f'<circle class="commit" cx="{_percent(place)}" cy="{_em(y)}" r=".34em"/>'
    if kind == "second":
        side = '<rect class="commit" x="-.31em" y="-.31em" width=".62em" height=".62em"/>'
        return at(place, y, side)
    down, up = stroke("loss", -0.34, -0.34, 0.34, 0.34), stroke("loss", 0.34, -0.34, -0.34, 0.34)
    return at(place, y, down, up)


def ring(place: float, y: float) -> str:
    """Return a ring around a commit that another line starts from."""
    return f'<circle class="origin" cx="{_percent(place)}" cy="{_em(y)}" r="{_em(RING)}"/>'


def stroke(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """Return a line between two points in em."""
    return f'<line class="{kind}" x1="{_em(x1)}" y1="{_em(y1)}" x2="{_em(x2)}" y2="{_em(y2)}"/>'


def svg_document(parts: list[str], height: float, label: str) -> str:
    """Return the SVG of the parts, with `label` as alt text.

    The site search leaves out the words of pictures.
    """
    opening = (
        f'<svg class="timeline" width="100%" height="{_em(height)}" role="img" '
        f'aria-label="{escape(label)}" data-search-exclude="" xmlns="http://www.w3.org/2000/svg">'
    )
    return "\n".join((opening, *parts, "</svg>\n"))
