"""Starts servers at a position, by Postgres recovery from the base backup and the WAL.

A server is prepared as a standby without a primary. It replays the WAL files in its data directory
up to the target, and is then either promoted or paused. No restore command runs, and so no shell
for each file.
"""

import itertools
import threading
from collections.abc import Mapping
from pathlib import Path

from neon_sandbox.points import Lsn
from neon_sandbox.storage.postgres import wal
from neon_sandbox.storage.postgres.base_backup import BaseBackup
from neon_sandbox.storage.postgres.data_directory import SandboxDirectory
from neon_sandbox.storage.postgres.server import Server
from neon_sandbox.storage.postgres.task_runner import TaskRunner
from neon_sandbox.storage.postgres.timelines import Timeline


class ServerPool:
    """The pool that creates the servers of a storage and tracks the running ones."""

    def __init__(
        self,
        base: BaseBackup,
        directory: SandboxDirectory,
        tasks: TaskRunner,
        environment: Mapping[str, str],
    ) -> None:
        self._base = base
        self._binaries = base.binaries
        self._copies = base.copies
        self._directory = directory
        self._tasks = tasks
        self._environment = environment
        self._numbers = itertools.count(1)
        self._timelines = itertools.count(2)
        self._running: set[Server] = set()
        self._lock = threading.Lock()

    def fork_timeline(self, parent: Timeline, at: Lsn) -> Timeline:
        """Return a new timeline that forks from ``parent`` at an LSN; no server runs on it yet."""
        return Timeline(next(self._timelines), at, parent, self._directory.wal)

    def start_first(self) -> Server:
        """Start the server that continues from the base backup, on the first timeline."""
        return self._run(self._new(), {})

    def promote(self, timeline: Timeline) -> Server:
        """Start the server that writes on a timeline forked from a parent."""
        parent = timeline.parent
        if parent is None:
            raise ValueError("the first timeline forks from no other")
        server = self._prepare(parent, timeline.start_lsn)
        # Postgres takes the first number without a history file, and checks only whether the file
        # exists. Empty files reserve the numbers that other branches use now or later.
        for number in range(parent.number + 1, timeline.number):
            self._touch(server.wal / wal.history_name(number))
        settings = _target(parent, timeline.start_lsn)
        settings |= {"recovery_target_action": "promote", "hot_standby": "off"}
        return self._run(server, settings)

    def start_read_only(self, timeline: Timeline, at: Lsn) -> Server:
        """Start a read-only server at a position of a timeline."""
        return self._run(self._prepare(timeline, at), _target(timeline, at), past=True)

    def release(self, server: Server) -> None:
        """Forget a server that has stopped, and reuse its data directory in the background."""
        with self._lock:
            self._running.discard(server)
        self._tasks.submit_background(lambda: self._copies.reuse(server.data))

    def prewarm(self) -> None:
        """Make a copy of the base backup for the next server, in the background."""
        # Without threads, a caller that needs the copy would have to wait for it in any case.
        if self._tasks.threads:
            self._tasks.submit_background(self._copies.make_warm_copy)

    def end(self, server: Server) -> None:
        """End a server whose data is no longer needed."""
        server.end()
        self.release(server)

    def close(self, *, orderly: bool) -> None:
        """End all running servers; with ``orderly``, cleanly, because their data is kept."""
        with self._lock:
            running = list(self._running)
        for server in running:
            if orderly:
                server.stop()
            else:
                server.end()
                if self._base.is_shared:
                    self._copies.reuse(server.data)

    def _new(self) -> Server:
        server = Server(self._binaries, self._directory, next(self._numbers), self._environment)
        self._copies.copy_to(server.data)
        return server

    def _prepare(self, timeline: Timeline, at: Lsn) -> Server:
        server = self._new()
        timeline.export_wal(server.wal, at)
        self._touch(server.data / "standby.signal")
        return server

    def _touch(self, path: Path) -> None:
        path.touch(0o600)
        self._binaries.user.chown(path)

    def _run(self, server: Server, settings: dict[str, str], *, past: bool = False) -> Server:
        with self._lock:
            self._running.add(server)
        try:
            if past:
                server.start_at_target(**settings)
            else:
                server.start(**settings)
        except BaseException:
            self.end(server)
            raise
        return server


def _target(timeline: Timeline, at: Lsn) -> dict[str, str]:
    return {
        "recovery_target_timeline": str(timeline.number),
        "recovery_target_lsn": str(at),
        # Inclusive would add the record that begins there: the first of the next transaction.
        "recovery_target_inclusive": "off",
    }
