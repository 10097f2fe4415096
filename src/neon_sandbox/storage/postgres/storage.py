"""`PostgresStorage`: the storage whose rows are real.

Every method of the seam is here, in terms of lines; what becomes of lines is in `lines`, and how
a server is brought to a position in `recovery`.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from neon_sandbox.points import Lsn
from neon_sandbox.storage.postgres import schema_dump, sql
from neon_sandbox.storage.postgres.base_backup import BaseBackup
from neon_sandbox.storage.postgres.binaries import OsUser, PostgresBinaries
from neon_sandbox.storage.postgres.branch_data import BranchData, BranchDataStore
from neon_sandbox.storage.postgres.data_directory import SandboxDirectory
from neon_sandbox.storage.postgres.listeners import Listeners
from neon_sandbox.storage.postgres.server_pool import ServerPool
from neon_sandbox.storage.postgres.task_runner import StorageJob, TaskRunner
from neon_sandbox.storage.postgres.timelines import Timeline

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from neon_sandbox.clock import Clock
    from neon_sandbox.points import Point, Position
    from neon_sandbox.storage.postgres.server import Server


@dataclass(slots=True)
class _Bootstrap:
    """What the first branch begins with, collected until somebody needs it."""

    data: BranchData
    created_at: datetime
    statements: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Ephemeral:
    """A server that shows the past, once it is there."""

    ready: Future[None]
    server: Server | None = None


class PostgresStorage:
    """Storage on Postgres 18, all of it in one directory and in processes of its own.

    The directory is made where it is missing; the one above it must exist. Endpoints listen on
    loopback ports, counted up from ``first_port``; 0 takes any free ones. With ``threads=False``
    every job is over when its method returns. ``close()`` ends every process and removes the
    directory unless ``keep``. The clock is the one that the model goes by after its founding. A
    ``base`` that other storages use as well saves making one, half of the time of a start.

    Raises ``ImportError`` where the wheel with Postgres is missing and `StorageError` where the
    directory cannot be used.
    """

    def __init__(
        self,
        directory: Path,
        *,
        clock: Clock,
        threads: bool = True,
        first_port: int = 14311,
        keep: bool = False,
        base: BaseBackup | None = None,
    ) -> None:
        user = OsUser()
        self.ports = Listeners(first_port)
        self._directory = SandboxDirectory(directory, user=user, keep=keep)
        self._tasks = TaskRunner(threads=threads)
        try:
            if base is None:
                binaries = PostgresBinaries(user, self._directory.path / "postgres")
                base = BaseBackup(binaries, self._directory.copies)
        except BaseException:
            self._tasks.close()
            self._directory.close()
            raise
        self._base, self._binaries = base, base.binaries
        self._pool = ServerPool(base, self._directory, self._tasks)
        self._data = BranchDataStore(self._binaries, self._pool, self._tasks, clock)
        self._branches: dict[str, BranchData] = {}
        self._endpoints: dict[str, str] = {}
        self._visits: dict[str, _Ephemeral] = {}
        self._bootstrap_data: _Bootstrap | None = None
        # Needed by the first branch, and begun before anybody asks for one.
        self._initialized = self._tasks.start_thread(base.initialize)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process; remove the directory unless it is to be kept."""
        self.ports.close_all()
        self._tasks.close()
        self._pool.close(orderly=self._directory.keep)
        self._directory.close()

    # Timelines

    def create(self, branch_id: str, *, at: datetime) -> StorageJob:
        """Start the timeline of the first branch; its roles and databases follow at once."""
        data = BranchData(Timeline(1, Lsn(0), None, self._directory.wal), None, Future())
        self._branches[branch_id] = data
        self._bootstrap_data = _Bootstrap(data, at)
        return self._work(data)

    def fork(
        self, branch_id: str, source_id: str, at: Position | None, *, schema_only: bool = False
    ) -> StorageJob:
        """Note where the new branch leaves the source; a server starts when one is needed."""
        data = self._data.at_position(self._data.fork_point(self._branch_data(source_id), at))
        self._branches[branch_id] = data
        if schema_only:
            self._data.start_server(data, sql.remove_rows)
        return self._work(data)

    def restore(
        self, branch_id: str, source_id: str, at: Position | None, *, preserve_as: str | None
    ) -> StorageJob:
        """Put a line that leaves the source in the place of the branch's, with a new server."""
        new = self._data.at_position(self._data.fork_point(self._branch_data(source_id), at))
        old = self._branch_data(branch_id)

        def failed(end: BranchData) -> None:
            self._branches[branch_id] = old
            if preserve_as:
                self._branches[preserve_as] = end

        self._branches[branch_id] = new
        if preserve_as:
            self._branches[preserve_as] = old
        if old.server or branch_id in self._endpoints.values():
            self._data.swap_server(old, new, failed)
        return self._work(new)

    def delete(self, branch_id: str) -> StorageJob:
        """Stop the branch's server and forget its line."""
        future = self._data.end(self._branch_data(branch_id))
        del self._branches[branch_id]
        return StorageJob(lambda: future)

    def locate(self, branch_id: str, point: Point | None) -> Position | None:
        """Return where the last commit at or before the point ended; the head for ``None``."""
        return self._data.locate(self._branch_data(branch_id), point)

    # Contents

    def commit(
        self, branch_id: str, database: str, sql: str, *, role: str, at: datetime
    ) -> Position:
        """Carry out ``sql`` in one transaction; raise what Postgres says against it."""
        data = self._branch_data(branch_id)
        with self._data.commits_at(data, at) as server, server.connection(database, role) as made:
            last = data.timeline.locate(None)
            if last and at < last.time:
                raise ValueError(f"a commit at {at} comes after one at {last.time}")
            made.execute(sql.encode())
            made.commit()
        position = data.timeline.locate(None)
        if position is None:
            raise RuntimeError("a timeline begins with a commit")
        return position

    def create_role(self, branch_id: str, name: str, password: str, *, at: datetime) -> StorageJob:
        """Create a role that may log in, and make databases and roles."""
        return self._change(branch_id, sql.create_role(name, password), at)

    def create_database(self, branch_id: str, name: str, owner: str, *, at: datetime) -> StorageJob:
        """Create an empty database."""
        return self._change(branch_id, [sql.create_database(name, owner)], at)

    def schema(self, branch_id: str, database: str, at: Position | None) -> str:
        """Return what pg_dump says about the database's schema."""
        data = self._branch_data(branch_id)
        if at is None and data.ready.done() and data.server:
            return schema_dump.dump(self._binaries, data.server, database)
        place = self._data.fork_point(data, at)
        past = self._pool.start_read_only(place.timeline, place.lsn)
        try:
            return schema_dump.dump(self._binaries, past, database)
        finally:
            self._pool.end(past)

    def _change(self, branch_id: str, statements: list[str], at: datetime) -> StorageJob:
        data = self._branches[branch_id]
        if self._bootstrap_data and self._bootstrap_data.data is data:
            self._bootstrap_data.statements += statements
            return self._work(data)

        def change() -> None:
            with self._data.commits_at(data, at) as server:
                for statement in statements:
                    server.query(statement)

        future = self._tasks.start(change)
        return StorageJob(lambda: future)

    # Computes

    def open_endpoint(self, endpoint_id: str, branch_id: str) -> str:
        """Listen on a port for the endpoint, and start a server for its branch."""
        port = self.ports.open(endpoint_id)
        self._endpoints[endpoint_id] = branch_id
        self._data.start_server(self._branch_data(branch_id))
        return f"127.0.0.1:{port}"

    def move_endpoints(self, branch_id: str, to_id: str) -> StorageJob:
        """Have the endpoints lead to another branch, and stop the server that they led to."""
        new = self._branch_data(to_id)
        moved = [one for one, led_to in self._endpoints.items() if led_to == branch_id]
        if moved:
            self._endpoints |= dict.fromkeys(moved, to_id)
            self._data.transfer_endpoints(self._branch_data(branch_id), new)
        return self._work(new)

    def close_endpoint(self, endpoint_id: str) -> None:
        """Listen no more."""
        del self._endpoints[endpoint_id]
        self.ports.close(endpoint_id)

    def socket_of(self, branch_id: str) -> str | None:
        """Return the private socket that a branch's server answers on, ``None`` while it moves.

        Raises ``KeyError`` for a branch that is gone.
        """
        data = self._branches[branch_id]
        server = data.server if data.ready.done() else None
        return server.socket if server else None

    def socket_at(self, endpoint_id: str) -> str | None:
        """Return the socket of the branch that an endpoint leads to now, as `socket_of` does."""
        return self.socket_of(self._endpoints[endpoint_id])

    # The past

    def start_ephemeral(self, ephemeral_id: str, branch_id: str, at: Position) -> StorageJob:
        """Start a server that shows the branch at a position, read-only."""
        place = self._data.fork_point(self._branch_data(branch_id), at)
        ephemeral = self._visits[ephemeral_id] = _Ephemeral(Future())

        def look_back() -> None:
            ephemeral.server = self._pool.start_read_only(place.timeline, place.lsn)
            self._pool.prewarm()

        self._tasks.start(look_back, ephemeral.ready)
        return StorageJob(lambda: ephemeral.ready)

    def stop_ephemeral(self, ephemeral_id: str) -> StorageJob:
        """End the server."""
        ephemeral = self._visits.pop(ephemeral_id)

        def end() -> None:
            if ephemeral.ready.exception() is None and ephemeral.server:
                self._pool.end(ephemeral.server)

        future = self._tasks.start(end)
        return StorageJob(lambda: future)

    def ephemeral_socket(self, ephemeral_id: str) -> str | None:
        """Return the private socket of a visit, ``None`` while its server starts.

        Raises ``KeyError`` for a visit that is over, and what kept the server from starting.
        """
        ephemeral = self._visits[ephemeral_id]
        if not ephemeral.ready.done():
            return None
        ephemeral.ready.result()
        return ephemeral.server.socket if ephemeral.server else None

    # The founding

    def _branch_data(self, branch_id: str) -> BranchData:
        self._bootstrap()
        return self._branches[branch_id]

    def _work(self, data: BranchData) -> StorageJob:
        def future() -> Future[None]:
            self._bootstrap()
            return data.ready

        return StorageJob(future)

    def _bootstrap(self) -> None:
        """Found the cluster, now that somebody needs it, unless that was done."""
        founding, self._bootstrap_data = self._bootstrap_data, None
        if founding is None:
            return

        def found() -> None:
            self._initialized.result()
            begins = self._base.bootstrap(founding.statements)
            self._data.bootstrap(founding.data, begins, founding.created_at)

        self._tasks.start(found, founding.data.ready)
