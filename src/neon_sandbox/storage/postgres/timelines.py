"""Timelines: their commits, where each ended, and its time on the model's clock."""

from __future__ import annotations

import bisect
import threading
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from neon_sandbox.points import Lsn, Point, Position
from neon_sandbox.storage.postgres import wal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from neon_sandbox.storage.postgres.binaries import PostgresBinaries
    from neon_sandbox.storage.postgres.server import Server
    from neon_sandbox.storage.postgres.server_clock import ServerClock


@dataclass(frozen=True, slots=True)
class TimelinePosition(Position):
    """A position with its timeline: an LSN alone is ambiguous once timelines fork."""

    timeline: Timeline = field(repr=False)


class Timeline:
    """A run of commits since the timeline forked from its parent, in the order of their LSNs.

    ``server`` writes on it while it runs; after that, the WAL files are in ``folder``.
    """

    def __init__(self, number: int, start_lsn: Lsn, parent: Timeline | None, folder: Path) -> None:
        self.number = number
        self.start_lsn = start_lsn
        self.parent = parent
        self.server: Server | None = None
        self.lock = threading.RLock()
        self._folder = folder
        self._frozen = False
        self._commits: list[TimelinePosition] = []
        self._read_to = start_lsn
        # Model times of commits made through the storage: after this LSN, up to that LSN, time.
        self._stated: list[tuple[Lsn, Lsn, datetime]] = []

    def chain(self) -> Iterator[Timeline]:
        """Yield this timeline and its ancestors, the newest first."""
        timeline: Timeline | None = self
        while timeline:
            yield timeline
            timeline = timeline.parent

    # Commits

    def set_commit_time(self, after: Lsn, upto: Lsn, time: datetime) -> None:
        """Set the model's time of the commits that end after ``after`` and up to ``upto``."""
        self._stated.append((after, upto, time))

    def bootstrap(self, start_lsn: Lsn, time: datetime) -> None:
        """Set the start of the first timeline, which counts as a commit."""
        self.start_lsn = self._read_to = start_lsn
        self._commits.append(TimelinePosition(start_lsn, time, self))

    def read(self, binaries: PostgresBinaries, clock: ServerClock) -> Lsn:
        """Read the commits since the last call; return the LSN up to which they are read."""
        with self.lock:
            if self.server and not self._frozen and self.server.is_alive:
                self._read(binaries, clock, self.server, self.server.insert_lsn())
            return self._read_to

    def write_marker_record(self) -> None:
        """Write a WAL record after everything that has been read."""
        with self.lock:
            if self.server and not self._frozen and self.server.is_alive:
                self.server.emit_wal_record()

    def stop_reading(self, binaries: PostgresBinaries, clock: ServerClock) -> None:
        """Read the commits for the last time before the server stops."""
        with self.lock:
            self.read(binaries, clock)
            self.write_marker_record()
            self._frozen = True

    def resume_reading(self) -> None:
        """Read again after `stop_reading`, with the server running again."""
        self._frozen = False

    def _read(
        self, binaries: PostgresBinaries, clock: ServerClock, server: Server, end: Lsn
    ) -> None:
        latest = self.locate(None)
        for commit in wal.read_commits(binaries, server.wal, self.number, self._read_to, end):
            time = self._time_of(commit, clock)
            # Concurrent commits may get their times and their LSNs in different orders.
            latest = TimelinePosition(commit.lsn, max(time, latest.time) if latest else time, self)
            self._commits.append(latest)
        self._read_to = end

    def locate(self, point: Point | None, until: Lsn | None = None) -> TimelinePosition | None:
        """Return the last commit at or before a point, and at or before ``until``."""
        key = attrgetter("lsn" if isinstance(point, Lsn) else "time")
        for timeline in self.chain():
            commits = timeline._commits
            count = len(commits)
            if until is not None:
                count = bisect.bisect_right(commits, until, key=attrgetter("lsn"))
            if point is not None:
                count = bisect.bisect_right(commits, point, 0, count, key=key)
            if count:
                return commits[count - 1]
            until = timeline.start_lsn
        return None

    def _time_of(self, commit: Position, clock: ServerClock) -> datetime:
        for after, upto, time in self._stated:
            if after < commit.lsn <= upto:
                return time
        return clock.commit_time(commit.time)

    # Files

    def export_wal(self, destination: Path, until: Lsn) -> None:
        """Put into a folder the WAL that a recovery along this timeline up to an LSN reads."""
        # The record that a recovery stops before may lie in the next file.
        last = wal.segment_of(until) + 1
        for timeline in self.chain():
            with timeline.lock:
                timeline._export_wal(destination, last)
            last = wal.segment_of(timeline.start_lsn)

    def archive_wal(
        self, binaries: PostgresBinaries, clock: ServerClock, server: Server, end: Lsn
    ) -> None:
        """Read the remaining commits, keep the WAL files, and detach the stopped server."""
        with self.lock:
            self._read(binaries, clock, server, end)
            self.server = None
            for file in server.wal.glob(f"{self.number:08X}*"):
                if file.is_file():
                    wal.link(file, self._folder / file.name)

    def _export_wal(self, destination: Path, last: int) -> None:
        source = self.server.wal if self.server else self._folder
        finished = wal.segment_of(self._read_to)
        if self.number > 1:
            name = wal.history_name(self.number)
            wal.link(source / name, destination / name)
        for segment in range(wal.segment_of(self.start_lsn), last + 1):
            name = wal.file_name(self.number, segment)
            if not (source / name).exists():
                continue
            if self.server is None or segment < finished:
                wal.link(source / name, destination / name)
            else:
                wal.copy(source / name, destination / name)
