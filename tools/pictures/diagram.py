"""The contents of a picture, and the horizontal positions of its instants."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from neon_sandbox.points import Lsn, Point
from tools.pictures.axis import Axis, Label, clock
from tools.pictures.rows import Row

SOON = 60
"""Seconds; the present has no label if the last labeled event is at most this old."""


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """The rows, the point asked for on the first of them, and the other arguments of `draw`."""

    rows: list[Row]
    since: datetime
    now: datetime
    asked: Point | None
    axis_instants: tuple[datetime | None, ...]
    show_lost: bool
    show_deletable: bool
    # The start of the history window, if it is shown.
    oldest: datetime | None
    named_tables: frozenset[str]

    @cached_property
    def meant(self) -> datetime | None:
        """The time of the commit that the point selects, or None."""
        point, first = self.asked, self.rows[0]
        key = "lsn" if isinstance(point, Lsn) else "time"
        found = [c.time for c in first.commits if point and getattr(c, key) <= point]
        return found[-1] if found else None

    @cached_property
    def point(self) -> datetime | None:
        """The instant of the point; for an LSN, that of the commit that it selects."""
        return self.meant if isinstance(self.asked, Lsn) else self.asked

    @cached_property
    def axis(self) -> Axis:
        """The axis of the instants."""
        return Axis(self.axis_instants or sorted({label.at for label in self.labels}))

    @cached_property
    def tables(self) -> frozenset[str]:
        """The named tables, or if none is named, those that a commit since `since` changed."""
        changes = (change for row in self.rows for change in row.changes)
        changed = frozenset(done.table for commit, done in changes if commit.time >= self.since)
        return self.named_tables or changed

    def tells_fate(self, row: Row) -> bool:
        """Return whether the picture says that a row can be deleted, or why it cannot."""
        return self.show_deletable and bool(row.fate)

    def told(self, row: Row, database: str) -> str:
        """Return the row counts of a database, and those after the restore if one is shown."""
        holds = row.holds(database, self.tables)
        if self.show_lost and self.meant and row is self.rows[0]:
            then = row.holds(database, self.tables, self.meant)
            return f"{holds} → {then.split()[0]}" if then != holds else holds
        return holds

    @cached_property
    def labels(self) -> list[Label]:
        """A label below each instant with an event; of several the first here names it."""
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
        return list(said.values())
