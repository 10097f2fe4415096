"""Draws a row: its lines, the marks on them, and the words above them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tools.pictures.svg import WIDTH, line, mark, text, wide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.pictures.rows import Row
    from tools.pictures.scene import Scene

ON = 26
"""How far the line of a branch goes on behind the last instant."""
VIEW = 110
"""How long the line of a view of the past is, which is of no length in time."""
BOLD = 1.15
"""How much wider bold letters are."""


def row_of(scene: Scene, row: Row) -> Iterator[str]:
    """Yield the parts of a row."""
    lanes = scene.lanes[row.name]
    start = scene.axis(row.fork.time) if row.fork else 8.0
    yield f'<g class="{row.kind}">'
    if row.fork and row.origin and row.origin in scene.rows:
        above = scene.lanes[row.origin.name]
        yield line("fork", f"M{start:g} {above[0]:g}V{lanes[-1] - 8:g}q0 8 8 8")
        yield from (line("fork", f"M{start:g} {y - 8:g}q0 8 8 8") for y in lanes[:-1])
        for y in above:
            yield f'<circle class="origin" cx="{start:g}" cy="{y:g}" r="7"/>'
        start += 8
    end = scene.axis(row.until) if row.until else scene.axis(scene.now) + ON
    if row.kind in {"look", "snapshot"}:
        end = start + VIEW
    for number, (database, y) in enumerate(zip(row.databases, lanes, strict=True)):
        yield line("line", f"M{start:g} {y:g}H{min(max(end, start + 8), WIDTH - 4):g}")
        for commit, done in row.changes:
            if commit.time >= scene.since and commit.database == database:
                kind = "loss" if done.takes else ("first", "second")[min(number, 1)]
                yield mark(kind, scene.axis(commit.time), y)
        holds = _holds(scene, row, database)
        # No line leaves a row above its first one.
        x = _free(scene, row if number else None, start, wide(f"{database}: {holds}"))
        yield (
            f'<text x="{x:g}" y="{y - 10:g}"><tspan class="what">{escape(database)}: </tspan>'
            f"{escape(holds)}</text>"
        )
    yield from _title(scene, row, start, lanes[0] - 27)
    yield "</g>"


def _title(scene: Scene, row: Row, start: float, y: float) -> Iterator[str]:
    traits = f"backup, {row.traits}" if row.kind == "backup" else row.traits
    fate = scene.fate_height(row)
    x = _free(scene, None, start, BOLD * wide(row.title) + wide(traits) + 8)
    yield (
        f'<text x="{x:g}" y="{y - fate:g}"><tspan class="name">{escape(row.title)}</tspan>'
        f'<tspan class="what" dx="6">{escape(traits)}</tspan></text>'
    )
    if fate:
        kind = "free" if row.fate.startswith("can be") else "kept"
        yield text(_free(scene, None, start, wide(row.fate)), y, row.fate, kind)


def _holds(scene: Scene, row: Row, database: str) -> str:
    holds = row.holds(database, scene.tables)
    if scene.leaving and scene.meant and row is scene.rows[0]:
        then = row.holds(database, scene.tables, scene.meant)
        return f"{holds} → {then.split()[0]}" if then != holds else holds
    return holds


def _free(scene: Scene, row: Row | None, start: float, room: float) -> float:
    """Return where words begin so that no line that leaves the row goes through them."""
    rows = [other for other in scene.rows if row and other.origin is row]
    forks = sorted(scene.axis(other.fork.time) for other in rows if other.fork)
    for x in (start + 4, *(fork + 11 for fork in forks)):
        if x + room < WIDTH and not any(x - 2 < fork < x + room for fork in forks):
            return round(x, 1)
    return round(max(4.0, min(start + 4, WIDTH - room)), 1)
