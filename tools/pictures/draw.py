"""Draws a picture: what lies behind, the rows, and the times below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_sandbox.model import history
from tools.pictures.alt_text import tell
from tools.pictures.row import row_of
from tools.pictures.rows import rows_of
from tools.pictures.scene import Scene
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
    upright,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from neon_sandbox.points import Point
    from neon_sandbox.scenario import Sandbox
    from tools.pictures.rows import KeepsCommits


GAP = 0.15
"""How far a line ends before words that it would cross, in em."""
SHORTEST = 0.3
"""The shortest part of a line that is worth a stroke, in em."""


def draw(
    sandbox: Sandbox,
    storage: KeepsCommits,
    *,
    since: datetime,
    point: Point | None = None,
    only: Collection[str] = (),
    stops: Sequence[datetime | None] = (),
    leaving: bool = False,
    window: bool = False,
    fates: bool = False,
    tables: Collection[str] = (),
) -> str:
    """Return an SVG of all branches, with the commits from ``since`` on.

    Args:
        sandbox: What is drawn.
        storage: Its storage.
        since: Earlier commits are left out.
        point: What was asked for. It is marked, with the commit that it means.
        only: The names of the rows to draw, where not all of them are.
        stops: The instants on the axis, in place of those at which something happened; ``None``
            is the head. There is room for a slider above them.
        leaving: Mark what a restore of the first branch to the point would take off it.
        window: Mark what lies outside the history window of the first branch.
        fates: Say of each backup whether it can be deleted.
        tables: The tables whose rows are told, where not those that something happened to.

    """
    rows = [row for row in rows_of(sandbox.model, storage) if not only or row.name in only]
    oldest = history.oldest_instant(sandbox.model, sandbox.branch(rows[0].name))
    scene = Scene(
        rows=rows,
        since=since,
        now=sandbox.clock.now().replace(microsecond=0),
        asked=point,
        stops=tuple(stops),
        leaving=leaving,
        fates=fates,
        oldest=oldest if window or stops else None,
        named_tables=frozenset(tables),
    )
    notes = [*_covers(scene)]
    texts = [text for place in scene.places.values() for text in place.texts]
    texts += [note for note in notes if isinstance(note, Text)]
    parts = [note for note in notes if not isinstance(note, Text)]
    parts += _uprights(scene, texts)
    parts += [str(note) for note in notes if isinstance(note, Text)]
    for row in rows:
        parts += row_of(scene, row)
    parts += map(str, scene.axis.written(scene.labels, scene.bottom + 0.3))
    return whole(parts, scene.height, " ".join(tell(scene)))


def _uprights(scene: Scene, texts: list[Text]) -> Iterator[str]:
    happened = {label.at for label in scene.labels if label.kind != "asked"}
    for instant in scene.axis.instants:
        if instant in happened:
            yield _around(texts, "tick", scene.axis(instant), scene.top, scene.bottom)
    if scene.stops:
        yield level("track", FIRST, LAST, scene.top / 2)
    if scene.point:
        yield _around(texts, "point", scene.axis(scene.point), scene.top, scene.bottom + 0.2)
        yield from _meant(scene, scene.point)


def _around(texts: list[Text], kind: str, place: float, top: float, bottom: float) -> str:
    """Return the parts of an upright line that are beside all words."""
    x = em(place)
    crossed = [text for text in texts if text.span()[0] < x < text.span()[1]]
    gaps = sorted((text.top - GAP, text.bottom + GAP) for text in crossed)
    parts = []
    for above, below in (*gaps, (bottom, bottom)):
        if above - top > SHORTEST:
            parts.append(part(top, above))
        top = max(top, below)
    return upright(kind, place, parts)


def _meant(scene: Scene, point: datetime) -> Iterator[str]:
    """Lead from the point to the commit that it means."""
    x, y = scene.axis(point), scene.bottom - 0.3
    if scene.meant and (end := scene.axis(scene.meant)) < x:
        yield level("meant", end, x, y)
        yield at(end, y, stroke("meant", 0.1, 0, 0.5, -0.3), stroke("meant", 0.1, 0, 0.5, 0.3))


def _covers(scene: Scene) -> Iterator[str | Text]:
    if scene.oldest:
        yield from _outside(scene, scene.oldest)
    if scene.leaving and scene.point:
        yield from _leaving(scene, scene.point)


def _leaving(scene: Scene, point: datetime) -> Iterator[str | Text]:
    """Cover what comes after the point."""
    x = scene.axis(point)
    beyond = next(there for i in scene.axis.instants if (there := scene.axis(i)) > x)
    yield cover("going", (x + beyond) / 2, 100, scene.top, scene.bottom)
    yield Text("goes to the backup", "what", 100, scene.top + ASCENT, -0.4, "end")


def _outside(scene: Scene, oldest: datetime) -> Iterator[str | Text]:
    """Cover what is before the history window, and what has not happened yet."""
    axis = scene.axis
    inside = [n for n, instant in enumerate(axis.instants) if oldest <= instant <= scene.now]
    half = (axis.at(1) - axis.at(0)) / 2
    if inside[0]:
        end = axis.at(inside[0]) - half
        yield cover("outside", 0, end, scene.top, scene.bottom)
        if not scene.stops:
            yield Text("out of reach", "kept", end, scene.bottom - DESCENT, -0.4, "end")
    if inside[-1] + 1 < len(axis.instants):
        end = axis.at(len(axis.instants)) - half
        yield cover("outside", axis.at(inside[-1]) + half, end, scene.top, scene.bottom)
