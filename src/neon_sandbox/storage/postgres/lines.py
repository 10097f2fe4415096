"""Lines: what a branch's data is, and what becomes of it and of its server."""

from __future__ import annotations

import contextlib
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neon_sandbox.storage.postgres import sql
from neon_sandbox.storage.postgres.base import end_of_log
from neon_sandbox.storage.postgres.errors import StorageError
from neon_sandbox.storage.postgres.timelines import Place, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from neon_sandbox.clock import Clock
    from neon_sandbox.points import Lsn, Point, Position
    from neon_sandbox.storage.postgres.crew import Crew
    from neon_sandbox.storage.postgres.programs import Programs
    from neon_sandbox.storage.postgres.recovery import Servers
    from neon_sandbox.storage.postgres.server import Server


@dataclass(slots=True, eq=False)
class Line:
    """A branch's data: a timeline up to an LSN or, without one, as far as its server writes.

    So a branch that nobody has connected to, or that was kept from before a restore, is no more
    than a name. ``ready`` is the work on the line that was begun last.
    """

    timeline: Timeline
    until: Lsn | None
    ready: Future[None]

    @property
    def server(self) -> Server | None:
        """The server that writes on the line."""
        return self.timeline.server if self.until is None else None


class Lines:
    """What can be done to lines. Work that takes its time is given to the crew."""

    def __init__(self, programs: Programs, servers: Servers, crew: Crew, clock: Clock) -> None:
        self._programs = programs
        self._servers = servers
        self._crew = crew
        self._clock = clock

    def at(self, origin: Place) -> Line:
        """Return a line that ends at a place, without a server."""
        return Line(origin.timeline, origin.lsn, over())

    # Looking

    def locate(self, line: Line, point: Point | None) -> Place | None:
        """Return the last commit of a line at or before a point.

        For ``None`` the place is the end of all that was written, which lies at or behind the
        last commit.
        """
        end = self._end(line)
        found = line.timeline.locate(point, end)
        if point is None and found:
            return Place(end, found.time, line.timeline)
        return found

    def origin(self, line: Line, at: Position | None) -> Place:
        """Return the place that is meant, and see to it that a recovery can stop there."""
        if at is None:
            wait([line.ready])
            at = self.locate(line, None)
        if not isinstance(at, Place):
            raise TypeError(f"{at} was not located by this storage")
        at.timeline.write_on()
        return at

    def _end(self, line: Line) -> Lsn:
        if line.until is not None:
            return line.until
        return line.timeline.read(self._programs, self._clock)

    # Servers

    def found(self, line: Line, begins: Lsn, at: datetime) -> None:
        """Start the server of the first line, which goes on where the base ends."""
        line.timeline.found(begins, at)
        line.timeline.server = self._servers.begin()
        self._servers.replenish()

    def serve(self, line: Line, then: Callable[[Server], None] | None = None) -> None:
        """Start a line's server unless there is one, and have something committed to it first."""
        founding_failed = line.until is None and line.timeline.parent is None
        if line.server or not line.ready.done() or founding_failed:
            return
        self._leave(line)
        line.ready = Future()
        now = self._clock.now()
        self._crew.start(lambda: self._serve(line, then, now), line.ready)

    def server(self, line: Line) -> Server:
        """Return a line's server, started and waited for if need be.

        Raises what went wrong when it cannot be started.
        """
        wait([line.ready])
        self.serve(line)
        if line.server is None:
            line.ready.result()
        server = line.server
        if server is None:
            raise RuntimeError("a server was started and is not there")
        return server

    @contextlib.contextmanager
    def stating(self, line: Line, at: datetime) -> Iterator[Server]:
        """Give what is committed inside a time on the model's clock."""
        server = self.server(line)
        with self._stating(line.timeline, server, at):
            yield server

    def end(self, line: Line) -> Future[None]:
        """Stop a line's server; what it wrote is kept, since other lines may come from it."""
        wait([line.ready])
        server = line.server
        if server is None:
            return over()
        line.timeline.freeze(self._programs, self._clock)

        return self._crew.start(lambda: self._retire(line, server))

    def move(self, old: Line, new: Line, failed: Callable[[Line], None]) -> None:
        """Stop the server of one line, and start one for another in its place.

        The old line ends where its server stopped. When the new one does not start, the old one
        goes on, and ``failed`` hears of a line that ends there.
        """
        wait([old.ready])
        server = old.server
        if server is None:
            self.serve(new)
            return
        old.timeline.freeze(self._programs, self._clock)
        self._leave(new)
        new.ready = old.ready = Future()
        self._crew.start(lambda: self._move(old, new, server, failed), new.ready)

    def take_over(self, old: Line, new: Line) -> None:
        """Stop the server of one line once another's has started, or has started again.

        The second one gets the roles of the first. When it does not start, the first goes on.
        """
        wait([old.ready, new.ready])
        server, now = old.server, self._clock.now()
        for line in (old, new):
            if line.server:
                line.timeline.freeze(self._programs, self._clock)
        self._leave(new)
        new.ready = old.ready = Future()
        self._crew.start(lambda: self._take_over(old, new, server, now), new.ready)

    def _serve(self, line: Line, then: Callable[[Server], None] | None, now: datetime) -> None:
        timeline = line.timeline
        try:
            server = timeline.server = self._servers.promote(timeline)
        except BaseException:
            if timeline.parent:
                line.timeline, line.until = timeline.parent, timeline.begins
            raise
        self._servers.replenish()
        if then:
            with self._stating(timeline, server, now):
                then(server)

    def _move(self, old: Line, new: Line, server: Server, failed: Callable[[Line], None]) -> None:
        try:
            roles = sql.roles(server) if server.is_alive else {}
            server.ask_to_stop()
            started = self._servers.promote(new.timeline)
        except BaseException:
            failed(Line(old.timeline, self._stop(server), over()))
            server.start()
            old.timeline.thaw()
            raise
        new.timeline.server = started
        self._retire(old, server)
        # The roles are there from the beginning, as far as anybody can tell.
        found = new.timeline.locate(None)
        with self._stating(new.timeline, started, found.time if found else self._clock.now()):
            sql.bring_roles(started, roles)

    def _take_over(self, old: Line, new: Line, server: Server | None, now: datetime) -> None:
        try:
            if new.server:
                new.server.stop()
                new.server.start()
                new.timeline.thaw()
            else:
                self._serve(new, None, now)
            started = new.timeline.server
            if server and started:
                roles = sql.roles(server) if server.is_alive else {}
                with self._stating(new.timeline, started, now):
                    sql.bring_roles(started, roles)
        except BaseException:
            old.timeline.thaw()
            raise
        if server:
            self._retire(old, server)

    def _leave(self, line: Line) -> None:
        """Put a line that has an end on a timeline of its own."""
        if line.until is not None:
            line.timeline, line.until = self._servers.leave(line.timeline, line.until), None

    def _stop(self, server: Server) -> Lsn:
        """Stop a server in good order; return where its log ends."""
        server.stop()
        end = end_of_log(self._programs, server.data)
        if end is None:
            # Somebody has killed it: it recovers, and is stopped then.
            server.start()
            server.stop()
            end = end_of_log(self._programs, server.data)
        if end is None:
            raise StorageError("a Postgres server does not stop in good order")
        return end

    def _retire(self, line: Line, server: Server) -> None:
        end = self._stop(server)
        line.timeline.seal(self._programs, self._clock, end)
        line.until = end
        self._servers.retire(server)

    @contextlib.contextmanager
    def _stating(self, timeline: Timeline, server: Server, at: datetime) -> Iterator[None]:
        with timeline.lock:
            before = timeline.read(self._programs, self._clock)
            yield
            timeline.state(before, server.written_to(), at)
            timeline.read(self._programs, self._clock)


def over() -> Future[None]:
    """Return the future of work that is over."""
    future: Future[None] = Future()
    future.set_result(None)
    return future
