"""Servers brought to a position: by Postgres' own recovery, from the base and the log.

A server is prepared as a standby that has nobody to follow. It replays the files that it was
given up to the target, and then either goes on by itself or stays where it is. No restore
command runs, and so no shell for each file.
"""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

from neon_sandbox.storage.postgres import wal
from neon_sandbox.storage.postgres.server import Server
from neon_sandbox.storage.postgres.timelines import Timeline

if TYPE_CHECKING:
    from neon_sandbox.points import Lsn
    from neon_sandbox.storage.postgres.base_backup import BaseBackup
    from neon_sandbox.storage.postgres.data_directory import SandboxDirectory
    from neon_sandbox.storage.postgres.task_runner import TaskRunner


class ServerPool:
    """Makes the servers of a storage, and knows those that run."""

    def __init__(self, base: BaseBackup, directory: SandboxDirectory, tasks: TaskRunner) -> None:
        self._base = base
        self._binaries = base.binaries
        self._copies = base.copies
        self._directory = directory
        self._tasks = tasks
        self._numbers = itertools.count(1)
        self._timelines = itertools.count(2)
        self._running: set[Server] = set()
        self._lock = threading.Lock()

    def leave(self, parent: Timeline, at: Lsn) -> Timeline:
        """Return a new timeline that leaves another at a position; nothing runs on it yet."""
        return Timeline(next(self._timelines), at, parent, self._directory.wal)

    def start_first(self) -> Server:
        """Start the server that goes on from the base itself, on the first timeline."""
        return self._run(self._new(), {})

    def promote(self, timeline: Timeline) -> Server:
        """Start the server that writes on a timeline that left its parent."""
        parent = timeline.parent
        if parent is None:
            raise ValueError("the first timeline has left no other")
        server = self._prepare(parent, timeline.start_lsn)
        # Postgres takes the first number that has no history file, and only looks whether there
        # is one. Numbers that other branches use, or will use, are taken in this way.
        for number in range(parent.number + 1, timeline.number):
            placeholder = server.wal / wal.history_name(number)
            placeholder.touch()
            self._binaries.user.chown(placeholder)
        target = _target(parent, timeline.start_lsn)
        return self._run(
            server, {**target, "recovery_target_action": "promote", "hot_standby": "off"}
        )

    def start_read_only(self, timeline: Timeline, at: Lsn) -> Server:
        """Start a server that shows a position, read-only."""
        return self._run(self._prepare(timeline, at), _target(timeline, at), past=True)

    def release(self, server: Server) -> None:
        """Forget a server that has stopped, and see to its data when there is time."""
        with self._lock:
            self._running.discard(server)
        self._tasks.submit_background(lambda: self._copies.reuse(server.data))

    def prewarm(self) -> None:
        """See to it that the next server finds a copy of the base."""
        # Without threads the copy would be waited for in any case, if anybody needs it.
        if self._tasks.threads:
            self._tasks.submit_background(self._copies.make_warm_copy)

    def end(self, server: Server) -> None:
        """End a server whose data nobody needs."""
        server.end()
        self.release(server)

    def close(self, *, orderly: bool) -> None:
        """End all that run; in good order where their data are to be kept."""
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
        server = Server(self._binaries, self._directory, next(self._numbers))
        self._copies.copy_to(server.data)
        return server

    def _prepare(self, timeline: Timeline, at: Lsn) -> Server:
        server = self._new()
        timeline.export_wal(server.wal, at)
        signal = server.data / "standby.signal"
        signal.touch()
        self._binaries.user.chown(signal)
        return server

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
        # Included would be the record that begins there: the next transaction's first.
        "recovery_target_inclusive": "off",
    }
