"""Draws the rows, the instants below them, and what a reader points at."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from neon_sandbox.model import history
from neon_sandbox.picture.axis import Axis, Label, clock
from neon_sandbox.picture.rows import rows_of
from neon_sandbox.picture.svg import (
    FIRST,
    GAP,
    LANE,
    LAST,
    TITLE,
    WIDTH,
    line,
    mark,
    text,
    whole,
    wide,
)
from neon_sandbox.picture.tell import tell
from neon_sandbox.points import Lsn

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from neon_sandbox.picture.rows import KeepsCommits, Row
    from neon_sandbox.points import Point
    from neon_sandbox.scenario import Sandbox

ON = 26
"""How far the line of a branch goes on behind the last instant."""
SOON = 60
"""Seconds within which the present is not told apart from what has just happened."""


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
    now = sandbox.clock.now().replace(microsecond=0)
    picture = _Picture(
        rows,
        since,
        now,
        point,
        tuple(stops),
        leaving,
        fates,
        oldest if window or stops else None,
        set(tables),
    )
    return whole(list(picture.parts()), picture.height, " ".join(picture.told()))


@dataclass(frozen=True)
class _Picture:
    rows: list[Row]
    since: datetime
    now: datetime
    asked: Point | None
    stops: tuple[datetime | None, ...]
    leaving: bool
    fates: bool
    oldest: datetime | None
    only_tables: set[str]
    top: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "top", 30.0 if self.stops else 4.0)

    @cached_property
    def meant(self) -> datetime | None:
        """When the commit was made that the point means."""
        point, first = self.asked, self.rows[0]
        key = "lsn" if isinstance(point, Lsn) else "time"
        found = [c.time for c in first.commits if point and getattr(c, key) <= point]
        return found[-1] if found else None

    @cached_property
    def point(self) -> datetime | None:
        """Where the point stands: an LSN stands at the commit that it names."""
        return self.meant if isinstance(self.asked, Lsn) else self.asked

    @cached_property
    def labels(self) -> list[Label]:
        return list(self._labels())

    @cached_property
    def axis(self) -> Axis:
        return Axis(self.stops or sorted({label.at for label in self.labels}))

    @cached_property
    def tables(self) -> set[str]:
        """The tables that something happened to, or those that were named."""
        return self.only_tables or {
            done.table for row in self.rows for c, done in row.changes if c.time >= self.since
        }

    @cached_property
    def lanes(self) -> dict[str, list[float]]:
        """How far down the lines of each row are."""
        places: dict[str, list[float]] = {}
        y = self.top
        for row in self.rows:
            y += TITLE + self._fate_height(row)
            places[row.name] = [y + LANE * lane + 23 for lane in range(len(row.databases))]
            y += LANE * len(row.databases) + GAP
        return places

    @cached_property
    def bottom(self) -> float:
        return self.lanes[self.rows[-1].name][-1] + 19 + (15 if self.oldest else 0)

    @property
    def height(self) -> float:
        return self.bottom + 8 + 15 * max(len(label.words) for label in self.labels)

    def parts(self) -> Iterator[str]:
        if self.oldest:
            yield from self._outside(self.oldest)
        if self.leaving:
            yield from self._leaving()
        happened = {label.at for label in self.labels if label.kind != "asked"}
        ticks = (self.axis(instant) for instant in self.axis.instants if instant in happened)
        down = f"{self.top + 14:g}V{self.bottom:g}"
        yield line("tick", "".join(f"M{x:g} {down}" for x in ticks))
        if self.stops:
            yield line("track", f"M{FIRST} 14H{LAST}")
        if self.point:
            yield from self._point(self.point)
        for row in self.rows:
            yield from self._row(row)
        yield from self.axis.written(self.labels, self.bottom + 14)

    def told(self) -> Iterator[str]:
        """Say the same in words."""
        yield from tell(self.rows, self.since, self.tables, fates=self.fates)
        if self.asked and self.point and self.meant:
            what = "an LSN" if isinstance(self.asked, Lsn) else clock(self.point)
            means = clock(self.meant)
            yield f"The point that was asked for is {what}; it means the commit of {means}."
            if self.leaving:
                gone = self._going(self.meant)
                yield f"A restore would take these commits off: {gone}."
        if self.oldest:
            yield f"Its history reaches back to {self.oldest:%-d %B}, {clock(self.oldest)}."

    def _going(self, meant: datetime) -> str:
        changes = self.rows[0].changes
        return ", ".join(
            f"{clock(c.time)} {' '.join(d.words)}" for c, d in changes if c.time > meant
        )

    def _labels(self) -> Iterator[Label]:
        """Say what happened when; what comes first here is what an instant is called by."""
        said: dict[datetime, Label] = {}

        def say(at: datetime, weight: int, *words: str, kind: str = "time") -> None:
            at = at.replace(microsecond=0)
            said.setdefault(at, Label(at, (clock(at), *words), weight, kind))

        if self.point:
            words = ("its LSN", "asked for") if isinstance(self.asked, Lsn) else ("asked for",)
            say(self.point, 9, *words, kind="asked")
        for row in self.rows:
            if row.until:
                say(row.until, 8, "restored")
            for commit, done in row.changes:
                if commit.time >= self.since:
                    say(commit.time, 7 if done.takes else 1, *done.words)
            if row.fork and row.began and row.kind == "branch" and row.began[0] >= self.since:
                say(row.began[0], 8, row.began[1])
        last = max(said, default=self.since)
        if (self.now - last).total_seconds() > SOON:
            say(self.now, 6, "now" if self.now.date() == last.date() else "next day")
        yield from said.values()

    def _row(self, row: Row) -> Iterator[str]:
        lanes = self.lanes[row.name]
        start = self.axis(row.fork.time) if row.fork else 8.0
        yield f'<g class="{row.kind}">'
        if row.fork and row.origin and row.origin in self.rows:
            above = self.lanes[row.origin.name]
            yield line("fork", f"M{start:g} {above[0]:g}V{lanes[-1] - 8:g}q0 8 8 8")
            yield from (line("fork", f"M{start:g} {y - 8:g}q0 8 8 8") for y in lanes[:-1])
            for y in above:
                yield f'<circle class="origin" cx="{start:g}" cy="{y:g}" r="7"/>'
            start += 8
        end = self.axis(row.until) if row.until else self.axis(self.now) + ON
        if row.kind in {"look", "snapshot"}:
            end = start + 110
        for number, (database, y) in enumerate(zip(row.databases, lanes, strict=True)):
            yield line("line", f"M{start:g} {y:g}H{min(max(end, start + 8), WIDTH - 4):g}")
            for commit, done in row.changes:
                if commit.time >= self.since and commit.database == database:
                    kind = "loss" if done.takes else ("first", "second")[min(number, 1)]
                    yield mark(kind, self.axis(commit.time), y)
            holds = self._holds(row, database)
            # No line leaves a row above its first one.
            x = self._free(row if number else None, start, wide(f"{database}: {holds}"))
            yield (
                f'<text x="{x:g}" y="{y - 10:g}"><tspan class="what">{database}: </tspan>'
                f"{holds}</text>"
            )
        traits = f"backup, {row.traits}" if row.kind == "backup" else row.traits
        x = self._free(None, start, 1.15 * wide(row.title) + wide(traits) + 8)
        y = lanes[0] - 27
        yield (
            f'<text x="{x:g}" y="{y - self._fate_height(row):g}"><tspan class="name">{row.title}'
            f'</tspan><tspan class="what" dx="6">{traits}</tspan></text>'
        )
        if self._fate_height(row):
            kind = "free" if row.fate.startswith("can be") else "kept"
            yield text(self._free(None, start, wide(row.fate)), y, row.fate, kind)
        yield "</g>"

    def _fate_height(self, row: Row) -> int:
        return 15 if self.fates and row.fate else 0

    def _holds(self, row: Row, database: str) -> str:
        holds = row.holds(database, self.tables)
        if self.leaving and self.meant and row is self.rows[0]:
            then = row.holds(database, self.tables, self.meant)
            return f"{holds} → {then.split()[0]}" if then != holds else holds
        return holds

    def _free(self, row: Row | None, start: float, room: float) -> float:
        """Return where words begin so that no line that leaves the row goes through them."""
        rows = [other for other in self.rows if row and other.origin is row]
        forks = [self.axis(other.fork.time) for other in rows if other.fork]
        places = [start + 4, *(fork + 11 for fork in sorted(forks))]
        for x in places:
            if x + room < WIDTH and not any(x - 2 < fork < x + room for fork in forks):
                return round(x, 1)
        return round(max(4.0, min(start + 4, WIDTH - room)), 1)

    def _point(self, point: datetime) -> Iterator[str]:
        """Mark the point, and lead from it to the commit that it means."""
        x = self.axis(point)
        yield line("point", f"M{x:g} {self.top - 4:g}V{self.bottom + 2:g}")
        if self.meant and (end := self.axis(self.meant)) < x:
            yield line("meant", f"M{x:g} {self.bottom - 4:g}H{end + 2:g}m6-4l-6 4l6 4")

    def _leaving(self) -> Iterator[str]:
        if self.meant and self.point:
            steps = (self.axis(i) for i in self.axis.instants)
            x = next(step for step in steps if step > self.axis(self.point)) - 24
            yield _cover("going", x, WIDTH, self.top, self.bottom)
            yield text(WIDTH - 6, self.top + 16, "goes to the backup", "what", "end")

    def _outside(self, oldest: datetime) -> Iterator[str]:
        """Cover what is before the history window, and what has not happened yet."""
        axis = self.axis
        inside = [n for n, instant in enumerate(axis.instants) if oldest <= instant <= self.now]
        half = (axis.at(1) - axis.at(0)) / 2
        if inside[0]:
            end = axis.at(inside[0]) - half
            yield _cover("outside", 0, end, self.top, self.bottom)
            if not self.stops:
                yield text(end - 6, self.bottom - 5, "out of reach", "kept", "end")
        if inside[-1] + 1 < len(axis.instants):
            end = axis.at(len(axis.instants)) - half
            yield _cover("outside", axis.at(inside[-1]) + half, end, self.top, self.bottom)


def _cover(kind: str, left: float, right: float, top: float, bottom: float) -> str:
    return (
        f'<rect class="{kind}" x="{left:g}" y="{top - 4:g}" width="{right - left:g}" '
        f'height="{bottom - top + 4:g}"/>'
    )


def legend() -> str:
    """Return what the marks and lines of all pictures mean."""
    entries = (
        (mark("first", 20, 0), "commit in the database shop"),
        (mark("second", 20, 0), "commit in analytics"),
        (mark("loss", 20, 0), "rows deleted"),
        (line("line", "M6 0H34"), "a branch, one line for each database"),
        (f'<g class="backup">{line("line", "M6 0H34")}</g>', "a backup branch"),
        (
            line("line", "M6 0H34") + '<circle class="origin" cx="20" cy="0" r="7"/>',
            "the state that another line starts from",
        ),
        (f'<g class="look">{line("line", "M6 0H34")}</g>', "read-only, or kept in a snapshot"),
        (line("point", "M20 -9V9"), "the point that was asked for"),
    )
    parts = [
        f'<g transform="translate(0 {16 + 24 * n})">{drawn}{text(46, 4, words, "what")}</g>'
        for n, (drawn, words) in enumerate(entries)
    ]
    told = (
        "The marks: a circle is a commit in the database shop, a square one in analytics, a cross "
        "a deletion. A line is a branch, or a backup branch where it is grey. A ring is the state "
        "that another line starts from. A dashed line only shows the past. A dashed upright is "
        "the point that was asked for."
    )
    return whole(parts, 8 + 24 * len(entries), told)
