"""Draws a picture: the background, the rows, and the times below them."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from neon_sandbox.model import history
from neon_sandbox.points import Point
from neon_sandbox.scenario import Sandbox
from tools.pictures.alt_text import describe
from tools.pictures.diagram import Diagram
from tools.pictures.layout import Layout
from tools.pictures.row import row_of
from tools.pictures.rows import CommitLog, rows_of
from tools.pictures.svg import (
    ASCENT,
    DESCENT,
    FIRST,
    LAST,
    Text,
    at,
    cover,
    em,
    level,
    part,
    stroke,
    svg_document,
    upright,
)

GAP = 0.15
"""The gap between a line and words that it would cross, in em."""
SHORTEST = 0.3
"""The length of the shortest part of a line that is drawn, in em."""


def draw(
    sandbox: Sandbox,
    storage: CommitLog,
    *,
    since: datetime,
    point: Point | None = None,
    only: Collection[str] = (),
    axis_instants: Sequence[datetime | None] = (),
    show_lost: bool = False,
    window: bool = False,
    show_deletable: bool = False,
    tables: Collection[str] = (),
) -> str:
    """Return an SVG of all branches, or of `only` these rows, with the commits from `since` on.

    The `point` asked for is marked, with the commit that it selects. `show_lost` marks what a
    restore of the first branch to it removes, and `window` what is outside the history window of
    that branch. `show_deletable` says of each backup branch whether it can be deleted. Row counts
    are those of `tables`, by default those with changes. `axis_instants` replace the instants of
    the events, with room for a slider above them; among them, None is the head.
    """
    rows = [row for row in rows_of(sandbox.model, storage) if not only or row.name in only]
    oldest = history.oldest_instant(sandbox.model, sandbox.branch(rows[0].name))
    diagram = Diagram(
        rows=rows,
        since=since,
        now=sandbox.clock.now().replace(microsecond=0),
        asked=point,
        axis_instants=tuple(axis_instants),
        show_lost=show_lost,
        show_deletable=show_deletable,
        oldest=oldest if window or axis_instants else None,
        named_tables=frozenset(tables),
    )
    layout = Layout(diagram)
    covers = [*_cover_outside(layout), *_cover_lost(layout)]
    notes = [note for note in covers if isinstance(note, Text)]
    texts = [text for place in layout.places.values() for text in place.texts]
    parts = [shape for shape in covers if isinstance(shape, str)]
    parts += _uprights(layout, texts + notes)
    parts += map(str, notes)
    for row in rows:
        parts += row_of(layout, row)
    parts += map(str, diagram.axis.written(diagram.labels, layout.bottom + 0.3))
    return svg_document(parts, layout.height, " ".join(describe(diagram)))


def _uprights(layout: Layout, texts: list[Text]) -> Iterator[str]:
    diagram = layout.diagram
    happened = {label.at for label in diagram.labels if label.kind != "asked"}
    for instant in diagram.axis.instants:
        if instant in happened:
            yield _around(texts, "tick", diagram.axis(instant), layout.top, layout.bottom)
    if diagram.axis_instants:
        yield level("track", FIRST, LAST, layout.top / 2)
    if diagram.point:
        yield _around(texts, "point", diagram.axis(diagram.point), layout.top, layout.bottom + 0.2)
        yield from _meant(layout, diagram.point)


def _around(texts: list[Text], kind: str, place: float, top: float, bottom: float) -> str:
    """Return a vertical line with gaps where it would cross words."""
    x = em(place)
    crossed = [text for text in texts if text.span()[0] < x < text.span()[1]]
    gaps = sorted((text.top - GAP, text.bottom + GAP) for text in crossed)
    parts = []
    for above, below in (*gaps, (bottom, bottom)):
        if above - top > SHORTEST:
            parts.append(part(top, above))
        top = max(top, below)
    return upright(kind, place, parts)


def _meant(layout: Layout, point: datetime) -> Iterator[str]:
    """Yield the arrow from the point to the commit that it selects."""
    diagram = layout.diagram
    x, y = diagram.axis(point), layout.bottom - 0.3
    if diagram.meant and (end := diagram.axis(diagram.meant)) < x:
        yield level("meant", end, x, y)
        yield at(end, y, stroke("meant", 0.1, 0, 0.5, -0.3), stroke("meant", 0.1, 0, 0.5, 0.3))


def _cover_lost(layout: Layout) -> Iterator[str | Text]:
    """Cover the time after the point, if the picture shows what a restore removes."""
    axis, point = layout.diagram.axis, layout.diagram.point
    if layout.diagram.show_lost and point:
        beyond = next(axis(instant) for instant in axis.instants if axis(instant) > axis(point))
        yield cover("going", (axis(point) + beyond) / 2, 100, layout.top, layout.bottom)
        yield Text("goes to the backup", "what", 100, layout.top + ASCENT, -0.4, "end")


def _cover_outside(layout: Layout) -> Iterator[str | Text]:
    """Cover the time before the history window, and the future, if the picture shows the window."""
    diagram, axis = layout.diagram, layout.diagram.axis
    oldest = diagram.oldest
    if not oldest:
        return
    inside = [n for n, instant in enumerate(axis.instants) if oldest <= instant <= diagram.now]
    half = (axis.at(1) - axis.at(0)) / 2
    if inside[0]:
        end = axis.at(inside[0]) - half
        yield cover("outside", 0, end, layout.top, layout.bottom)
        if not diagram.axis_instants:
            yield Text("out of reach", "kept", end, layout.bottom - DESCENT, -0.4, "end")
    if inside[-1] + 1 < len(axis.instants):
        end = axis.at(len(axis.instants)) - half
        yield cover("outside", axis.at(inside[-1]) + half, end, layout.top, layout.bottom)
