"""Branch data: a branch's timeline and server, and the operations on them."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import datetime

from neon_sandbox.points import Lsn, Point, Position
from neon_sandbox.storage.postgres import sql
from neon_sandbox.storage.postgres.base_backup import end_of_log
from neon_sandbox.storage.postgres.binaries import PostgresBinaries
from neon_sandbox.storage.postgres.errors import StorageError
from neon_sandbox.storage.postgres.server import Server
from neon_sandbox.storage.postgres.server_clock import ServerClock
from neon_sandbox.storage.postgres.server_pool import ServerPool
from neon_sandbox.storage.postgres.task_runner import TaskRunner
from neon_sandbox.storage.postgres.timelines import Timeline, TimelinePosition


@dataclass(slots=True, eq=False)
class BranchData:
    """A branch's data: a timeline up to an LSN or, without one, as far as its server writes.

    So a backup branch, or a branch that has not needed a server yet, is only a reference to a
    timeline. ``ready`` is the future of the latest work on the branch data.
    """

    timeline: Timeline
    end_lsn: Lsn | None
    ready: Future[None]

    @property
    def server(self) -> Server | None:
        """The server that writes the branch data, or ``None``."""
        return self.timeline.server if self.end_lsn is None else None


class BranchDataStore:
    """The operations on branch data. Slow work runs on the `TaskRunner`."""

    def __init__(
        self, binaries: PostgresBinaries, servers: ServerPool, tasks: TaskRunner, clock: ServerClock
    ) -> None:
        self._binaries = binaries
        self._pool = servers
        self._tasks = tasks
        self._clock = clock

    def at_position(self, origin: TimelinePosition) -> BranchData:
        """Return branch data that ends at a position, without a server."""
        return BranchData(origin.timeline, origin.lsn, done_future())

    # Positions

    def locate(self, data: BranchData, point: Point | None) -> TimelinePosition | None:
        """Return the last commit of the branch data at or before a point.

        For ``None``, return the end of everything written, which is at or after the last commit.
        """
        if data.end_lsn is not None:
            end = data.end_lsn
        else:
            end = data.timeline.read(self._binaries, self._clock)
        found = data.timeline.locate(point, end)
        if point is None and found:
            return TimelinePosition(end, found.time, data.timeline)
        return found

    def fork_point(self, data: BranchData, at: Position | None) -> TimelinePosition:
        """Return the position to fork at, and make sure that a recovery can stop there."""
        if at is None:
            wait([data.ready])
            at = self.locate(data, None)
        if not isinstance(at, TimelinePosition):
            raise TypeError(f"{at} was not located by this storage")
        at.timeline.write_marker_record()
        return at

    # Servers

    def bootstrap(self, data: BranchData, start_lsn: Lsn, at: datetime) -> None:
        """Start the server of the first branch, which continues at the end of the base backup."""
        data.timeline.bootstrap(start_lsn, at)
        data.timeline.server = self._pool.start_first()
        self._clock.check(data.timeline.server)
        self._pool.prewarm()

    def start_server(self, data: BranchData, then: Callable[[Server], None] | None = None) -> None:
        """Start the server unless there is one, and call ``then`` with it before it is ready."""
        founding_failed = data.end_lsn is None and data.timeline.parent is None
        if data.server or not data.ready.done() or founding_failed:
            return
        self._fork(data)
        data.ready = Future()
        now = self._clock.now()
        self._tasks.start(lambda: self._start_server(data, then, now), data.ready)

    def server(self, data: BranchData) -> Server:
        """Return the server, started if necessary; raise the error that kept it from starting."""
        wait([data.ready])
        self.start_server(data)
        if data.server is None:
            data.ready.result()
        server = data.server
        if server is None:
            raise RuntimeError("a server that was started is missing")
        return server

    @contextlib.contextmanager
    def commits_at(self, data: BranchData, at: datetime) -> Iterator[Server]:
        """Yield the server; commits made inside get the time ``at`` on the model's clock."""
        server = self.server(data)
        with self._commits_at(data.timeline, server, at):
            yield server

    def end(self, data: BranchData) -> Future[None]:
        """Stop the server and keep what it wrote, since other branches may be forked from it."""
        wait([data.ready])
        server = data.server
        if server is None:
            return done_future()
        data.timeline.stop_reading(self._binaries, self._clock)
        return self._tasks.start(lambda: self._release(data, server))

    def suspend(self, data: BranchData) -> None:
        """Stop the server; the branch data then ends where it stopped."""
        data.ready = self.end(data)

    def resume(self, data: BranchData) -> None:
        """Start the server again, after `suspend`."""
        wait([data.ready])
        self.start_server(data)

    def swap_server(
        self, old: BranchData, new: BranchData, failed: Callable[[BranchData], None]
    ) -> None:
        """Stop the server of ``old``, and start one for ``new``.

        ``old`` ends where its server stopped. If the new server does not start, the old one is
        started again, and ``failed`` is called with branch data that ends where it stopped.
        """
        wait([old.ready])
        server = old.server
        if server is None:
            self.start_server(new)
            return
        old.timeline.stop_reading(self._binaries, self._clock)
        self._fork(new)
        new.ready = old.ready = Future()
        self._tasks.start(lambda: self._swap_server(old, new, server, failed), new.ready)

    def transfer_endpoints(self, old: BranchData, new: BranchData) -> None:
        """Start or restart the server of ``new``, then stop the server of ``old``.

        ``new`` gets the roles of ``old``. If its server does not start, that of ``old`` runs on.
        """
        wait([old.ready, new.ready])
        server, now = old.server, self._clock.now()
        for data in (old, new):
            if data.server:
                data.timeline.stop_reading(self._binaries, self._clock)
        self._fork(new)
        new.ready = old.ready = Future()
        self._tasks.start(lambda: self._transfer_endpoints(old, new, server, now), new.ready)

    def _start_server(
        self, data: BranchData, then: Callable[[Server], None] | None, now: datetime
    ) -> None:
        timeline = data.timeline
        try:
            server = timeline.server = self._pool.promote(timeline)
        except BaseException:
            if timeline.parent:
                data.timeline, data.end_lsn = timeline.parent, timeline.start_lsn
            raise
        self._pool.prewarm()
        if then:
            with self._commits_at(timeline, server, now):
                then(server)

    def _swap_server(
        self, old: BranchData, new: BranchData, server: Server, failed: Callable[[BranchData], None]
    ) -> None:
        try:
            roles = sql.roles(server) if server.is_alive else None
            server.ask_to_stop()
            started = self._pool.promote(new.timeline)
        except BaseException:
            failed(BranchData(old.timeline, self._stop(server), done_future()))
            server.start()
            old.timeline.resume_reading()
            raise
        new.timeline.server = started
        self._release(old, server)
        if roles is None:
            return
        # Dated at the last commit before the fork, so that the roles seem to exist from the start.
        found = new.timeline.locate(None)
        with self._commits_at(new.timeline, started, found.time if found else self._clock.now()):
            sql.copy_roles(started, roles)

    def _transfer_endpoints(
        self, old: BranchData, new: BranchData, server: Server | None, now: datetime
    ) -> None:
        try:
            if new.server:
                new.server.stop()
                new.server.start()
                new.timeline.resume_reading()
            else:
                self._start_server(new, None, now)
            started = new.timeline.server
            if server and server.is_alive and started:
                with self._commits_at(new.timeline, started, now):
                    sql.copy_roles(started, sql.roles(server))
        except BaseException:
            old.timeline.resume_reading()
            raise
        if server:
            self._release(old, server)

    def _fork(self, data: BranchData) -> None:
        """Move branch data that has an end to a new timeline."""
        if data.end_lsn is not None:
            data.timeline = self._pool.fork_timeline(data.timeline, data.end_lsn)
            data.end_lsn = None

    def _stop(self, server: Server) -> Lsn:
        """Shut a server down cleanly; return where its WAL ends."""
        server.stop()
        end = end_of_log(self._binaries, server.data)
        if end is None:
            # The server was killed: start it, so that it recovers, and stop it again.
            server.start()
            server.stop()
            end = end_of_log(self._binaries, server.data)
        if end is None:
            raise StorageError("a Postgres server did not shut down cleanly")
        return end

    def _release(self, data: BranchData, server: Server) -> None:
        end = self._stop(server)
        data.timeline.archive_wal(self._binaries, self._clock, server, end)
        data.end_lsn = end
        self._pool.release(server)

    @contextlib.contextmanager
    def _commits_at(self, timeline: Timeline, server: Server, at: datetime) -> Iterator[None]:
        with timeline.lock:
            before = timeline.read(self._binaries, self._clock)
            yield
            timeline.set_commit_time(before, server.insert_lsn(), at)
            timeline.read(self._binaries, self._clock)


def done_future() -> Future[None]:
    """Return a future that is already done."""
    future: Future[None] = Future()
    future.set_result(None)
    return future
