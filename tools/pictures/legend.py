"""The legend for the marks and lines of all pictures."""

from collections.abc import Callable, Sequence

from tools.pictures.svg import Text, at, level, mark, ring, stroke, svg_document

PITCH = 1.6
"""The distance between entries, in em."""
LEFT, MIDDLE, RIGHT = 1.0, 6.0, 11.0
"""The positions of the start of a line, of a mark, and of the end of a line, in percent."""


def legend_of_marks() -> str:
    """Return an SVG that explains the marks, once for all pictures."""
    return _listed(
        [
            (lambda y: mark("first", MIDDLE, y), "commit in the database shop"),
            (lambda y: mark("second", MIDDLE, y), "commit in analytics"),
            (lambda y: mark("loss", MIDDLE, y), "rows deleted"),
            (
                lambda y: at(MIDDLE, y, stroke("point", 0, -0.6, 0, 0.6)),
                "the point that was asked for",
            ),
        ],
        "The marks: a circle is a commit in the database shop, a square one in analytics, a cross "
        "a deletion. A dashed upright is the point that was asked for.",
    )


def legend_of_lines() -> str:
    """Return an SVG that explains the lines."""
    return _listed(
        [
            (lambda y: level("line", LEFT, RIGHT, y), "a branch, one line for each database"),
            (_within("backup"), "a backup branch"),
            (_within("look"), "read-only, or kept in a snapshot"),
            (
                lambda y: level("line", LEFT, RIGHT, y) + ring(MIDDLE, y),
                "the state that another line starts from",
            ),
        ],
        "The lines: a line is a branch, or a backup branch where it is grey. A dashed line only "
        "shows the past. A ring is the state that another line starts from.",
    )


def _within(kind: str) -> Callable[[float], str]:
    return lambda y: f'<g class="{kind}">{level("line", LEFT, RIGHT, y)}</g>'


def _listed(entries: Sequence[tuple[Callable[[float], str], str]], label: str) -> str:
    parts = []
    for number, (drawn, words) in enumerate(entries):
        middle = PITCH * (number + 0.5)
        parts += [drawn(middle), str(Text(words, "what", RIGHT, middle + 0.36, 0.6))]
    return svg_document(parts, PITCH * len(entries), label)
