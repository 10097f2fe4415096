"""The measures of a picture, in units that are pixels on the narrowest screen, and its parts."""

from __future__ import annotations

from html import escape

WIDTH = 320
# Where the first instant stands, and the last.
FIRST, LAST = 28, 288
TITLE, LANE, GAP = 20, 32, 10
LINE = 15
"""How far a line of words is below the one before."""
NARROW, BROAD = set("fijlrt:., "), set("mw…→")


def wide(words: str) -> float:
    """Return how much room words take, in whatever font without serifs."""
    return sum(4 if c in NARROW else 10 if c in BROAD or c.isupper() else 7.2 for c in words)


def text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    """Return one line of text; where it begins unless it is anchored elsewhere."""
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{kind}" x="{x:g}" y="{y:g}"{where}>{escape(words)}</text>'


def line(kind: str, path: str) -> str:
    """Return a line along a path."""
    return f'<path class="{kind}" d="{path}"/>'


def mark(kind: str, x: float, y: float) -> str:
    """Return a mark: of a commit in the first database, in another one, or of a loss."""
    if kind == "loss":
        return line("loss", f"M{x - 5:g} {y - 5:g}l10 10m0-10l-10 10")
    if kind == "second":
        return f'<rect class="commit" x="{x - 4.5:g}" y="{y - 4.5:g}" width="9" height="9"/>'
    return f'<circle class="commit" cx="{x:g}" cy="{y:g}" r="5"/>'


def whole(parts: list[str], height: float, label: str) -> str:
    """Return the SVG of the parts, with words for those who do not see it.

    A search for words finds the page's own, not those of its pictures.
    """
    return "\n".join(
        [
            f'<svg class="timeline" viewBox="0 0 {WIDTH} {height:g}" role="img" '
            f'aria-label="{escape(label)}" data-search-exclude="" '
            'xmlns="http://www.w3.org/2000/svg">',
            *parts,
            "</svg>",
            "",
        ]
    )
