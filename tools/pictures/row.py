"""Draws a row: its lines, their marks, and the lines from its origin."""

from collections.abc import Iterator

from tools.pictures.layout import Layout
from tools.pictures.rows import Row
from tools.pictures.svg import at, behind, level, mark, ring, stroke

END = 98.0
"""The end of a line that continues, in percent."""
VIEW = 34.0
"""The length of the line of a view of the past, which has no length in time, in percent."""
BEND = '<path class="fork" d="M0 0q0 8 8 8"/>'
CORNER = f'<svg y="-.5em" width=".5em" height=".5em" viewBox="0 0 8 8">{BEND}</svg>'
"""The corner where a line from above turns to the right."""
AFTER_CORNER = '<line class="line" x1=".5em" x2="100%"/>'


def row_of(layout: Layout, row: Row) -> Iterator[str]:
    """Yield the SVG parts of a row."""
    diagram = layout.diagram
    place = layout.places[row.name]
    start, lanes = place.start, place.lanes
    yield f'<g class="{row.kind}">'
    source = layout.places.get(row.origin.name) if row.origin else None
    if source:
        above = source.lanes
        yield at(start, above[0], stroke("fork", 0, 0, 0, lanes[-1] - 0.5 - above[0]))
        yield from (at(start, y, CORNER) for y in lanes)
        yield from (ring(start, y) for y in above)
    end = END
    if row.kind in {"look", "snapshot"}:
        end = min(start + VIEW, END)
    elif row.until:
        end = max(diagram.axis(row.until), start + 3)
    for number, (database, y) in enumerate(zip(row.databases, lanes, strict=True)):
        # A line from a corner begins half an em after it.
        yield behind(start, end, y, AFTER_CORNER) if source else level("line", start, end, y)
        for commit, done in row.changes:
            if commit.time >= diagram.since and commit.database == database:
                kind = "loss" if done.deletes else ("first", "second")[min(number, 1)]
                yield mark(kind, diagram.axis(commit.time), y)
    yield from map(str, place.texts)
    yield "</g>"
