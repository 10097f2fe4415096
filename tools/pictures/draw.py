"""Draws a picture: what lies behind, the rows, and the times below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_sandbox.model import history
from tools.pictures.alt_text import tell
from tools.pictures.row import row_of
from tools.pictures.rows import rows_of
from tools.pictures.scene import Scene
from tools.pictures.svg import FIRST, LAST, WIDTH, line, text, whole

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from neon_sandbox.points import Point
    from neon_sandbox.scenario import Sandbox
    from tools.pictures.rows import KeepsCommits


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
    parts = [*_behind(scene)]
    for row in rows:
        parts += row_of(scene, row)
    parts += scene.axis.written(scene.labels, scene.bottom + 14)
    return whole(parts, scene.height, " ".join(tell(scene)))


def _behind(scene: Scene) -> Iterator[str]:
    if scene.oldest:
        yield from _outside(scene, scene.oldest)
    if scene.leaving:
        yield from _leaving(scene)
    happened = {label.at for label in scene.labels if label.kind != "asked"}
    ticks = (scene.axis(instant) for instant in scene.axis.instants if instant in happened)
    down = f"{scene.top + 14:g}V{scene.bottom:g}"
    yield line("tick", "".join(f"M{x:g} {down}" for x in ticks))
    if scene.stops:
        yield line("track", f"M{FIRST} 14H{LAST}")
    if scene.point:
        yield from _point(scene, scene.point)


def _point(scene: Scene, point: datetime) -> Iterator[str]:
    """Mark the point, and lead from it to the commit that it means."""
    x = scene.axis(point)
    yield line("point", f"M{x:g} {scene.top - 4:g}V{scene.bottom + 2:g}")
    if scene.meant and (end := scene.axis(scene.meant)) < x:
        yield line("meant", f"M{x:g} {scene.bottom - 4:g}H{end + 2:g}m6-4l-6 4l6 4")


def _leaving(scene: Scene) -> Iterator[str]:
    """Cover what comes after the point."""
    if scene.point:
        x = scene.axis(scene.point)
        beyond = next(there for i in scene.axis.instants if (there := scene.axis(i)) > x)
        yield _cover(scene, "going", (x + beyond) / 2, WIDTH)
        yield text(WIDTH - 6, scene.top + 16, "goes to the backup", "what", "end")


def _outside(scene: Scene, oldest: datetime) -> Iterator[str]:
    """Cover what is before the history window, and what has not happened yet."""
    axis = scene.axis
    inside = [n for n, instant in enumerate(axis.instants) if oldest <= instant <= scene.now]
    half = (axis.at(1) - axis.at(0)) / 2
    if inside[0]:
        end = axis.at(inside[0]) - half
        yield _cover(scene, "outside", 0, end)
        if not scene.stops:
            yield text(end - 6, scene.bottom - 5, "out of reach", "kept", "end")
    if inside[-1] + 1 < len(axis.instants):
        end = axis.at(len(axis.instants)) - half
        yield _cover(scene, "outside", axis.at(inside[-1]) + half, end)


def _cover(scene: Scene, kind: str, left: float, right: float) -> str:
    return (
        f'<rect class="{kind}" x="{left:g}" y="{scene.top - 4:g}" width="{right - left:g}" '
        f'height="{scene.bottom - scene.top + 4:g}"/>'
    )
