"""What is in a picture, and where its instants stand from left to right."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from neon_sandbox.points import Lsn
from tools.pictures.axis import Axis, Label, clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from neon_sandbox.points import Point
    from tools.pictures.rows import Row

SOON = 60
"""Seconds within which the present is not told apart from what has just happened."""


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """The rows, what was asked of the first of them, and what else is to be seen.

    The fields are those of `draw`; `oldest` is where the history window begins, if that is shown.
    """

    rows: list[Row]
    since: datetime
    now: datetime
    asked: Point | None
    axis_instants: tuple[datetime | None, ...]
    show_lost: bool
    show_deletable: bool
    oldest: datetime | None
    named_tables: frozenset[str]

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
    def axis(self) -> Axis:
        """Where the instants stand."""
        return Axis(self.axis_instants or sorted({label.at for label in self.labels}))

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables that something happened to, or those that were named."""
        changes = (change for row in self.rows for change in row.changes)
        happened = (done.table for commit, done in changes if commit.time >= self.since)
        return self.named_tables or frozenset(happened)

    def tells_fate(self, row: Row) -> bool:
        """Return whether it is said of a row that it can be deleted, or why not."""
        return self.show_deletable and bool(row.fate)

    def told(self, row: Row, database: str) -> str:
        """Say what a database holds, and what it would hold after the restore that is shown."""
        holds = row.holds(database, self.tables)
        if self.show_lost and self.meant and row is self.rows[0]:
            then = row.holds(database, self.tables, self.meant)
            return f"{holds} → {then.split()[0]}" if then != holds else holds
        return holds

    @cached_property
    def labels(self) -> list[Label]:
        """What is written below the instants."""
        return list(self._labels())

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
                    say(commit.time, 7 if done.deletes else 1, *done.words)
            if row.fork and row.began and row.kind == "branch" and row.began[0] >= self.since:
                say(row.began[0], 8, row.began[1])
        last = max(said, default=self.since)
        if (self.now - last).total_seconds() > SOON:
            say(self.now, 6, "now" if self.now.date() == last.date() else "next day")
        yield from said.values()
