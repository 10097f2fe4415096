"""`PostgresStorage`: the storage with real rows, which implements the `Storage` protocol."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Self

from neon_sandbox.clock import Clock
from neon_sandbox.points import Lsn, Point, Position
from neon_sandbox.storage.postgres import passwords, schema_dump, sql
from neon_sandbox.storage.postgres.base_backup import BaseBackup
from neon_sandbox.storage.postgres.binaries import OsUser, PostgresBinaries
from neon_sandbox.storage.postgres.branch_data import BranchData, BranchDataStore
from neon_sandbox.storage.postgres.data_directory import SandboxDirectory
from neon_sandbox.storage.postgres.errors import StorageError
from neon_sandbox.storage.postgres.listeners import Listeners
from neon_sandbox.storage.postgres.server import Server
from neon_sandbox.storage.postgres.server_clock import ServerClock
from neon_sandbox.storage.postgres.server_pool import ServerPool
from neon_sandbox.storage.postgres.task_runner import StorageJob, TaskRunner
from neon_sandbox.storage.postgres.timelines import Timeline
from neon_sandbox.storage.protocol import Catalog


@dataclass(slots=True)
class _Bootstrap:
    """The contents of the first branch, collected until they are needed."""

    data: BranchData
    created_at: datetime
    statements: list[str] = field(default_factory=list)


class PostgresStorage:
    """Storage on Postgres 18, in one directory and in separate processes.

    The directory is created if it is missing; its parent must exist. Endpoints listen on loopback
    ports, counted up from ``first_port``; 0 takes any free ones. With ``threads=False`` every job
    is over when its method returns. ``close()`` ends every process and removes the directory
    unless ``keep``. ``clock`` is the clock that the model uses after the bootstrap. A ``base``
    shared with other storages saves half of the time of a start, since none has to be made.
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
        self.clock = ServerClock(clock, self._directory.path, self._binaries)
        environment = self.clock.environment
        self._pool = ServerPool(base, self._directory, self._tasks, environment)
        self._data = BranchDataStore(self._binaries, self._pool, self._tasks, self.clock)
        self._branches: dict[str, BranchData] = {}
        self._endpoints: dict[str, str] = {}
        self._suspended: set[str] = set()
        self._ephemeral_computes: dict[str, Future[Server]] = {}
        self._bootstrap_data: _Bootstrap | None = None
        # The first branch needs the base backup, so its creation starts early.
        self._initialized = self._tasks.start_thread(base.initialize)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process; remove the directory unless ``keep``."""
        self.ports.close_all()
        self._tasks.close()
        self._pool.close(orderly=self._directory.keep)
        self.clock.close()
        self._directory.close()

    # Timelines

    def create(self, branch_id: str, *, at: datetime) -> StorageJob:
        """Start the timeline of the first branch, with the roles and databases created next."""
        data = BranchData(Timeline(1, Lsn(0), None, self._directory.wal), None, Future())
        self._branches[branch_id] = data
        self._bootstrap_data = _Bootstrap(data, at)
        return self._work(data)

    def fork(
        self, branch_id: str, source_id: str, at: Position | None, *, schema_only: bool = False
    ) -> StorageJob:
        """Record where the new branch forks from the source; a server starts when it is needed."""
        data = self._data.at_position(self._data.fork_point(self._branch_data(source_id), at))
        self._branches[branch_id] = data
        if schema_only:
            self._data.start_server(data, sql.remove_rows)
        return self._work(data)

    def restore(
        self, branch_id: str, source_id: str, at: Position | None, *, preserve_as: str | None
    ) -> StorageJob:
        """Replace the branch data by a fork of the source's, with a new server."""
        new = self._data.at_position(self._data.fork_point(self._branch_data(source_id), at))
        old = self._branch_data(branch_id)

        def failed(end: BranchData) -> None:
            self._branches[branch_id] = old
            if preserve_as:
                self._branches[preserve_as] = end

        self._branches[branch_id] = new
        if preserve_as:
            self._branches[preserve_as] = old
        self._suspended -= set(self._endpoints_of(branch_id))
        if old.server or self._endpoints_of(branch_id):
            self._data.swap_server(old, new, failed)
        return self._work(new)

    def delete(self, branch_id: str) -> StorageJob:
        """Stop the branch's server and forget the branch data."""
        future = self._data.end(self._branch_data(branch_id))
        del self._branches[branch_id]
        return StorageJob(lambda: future)

    def locate(self, branch_id: str, point: Point | None) -> Position | None:
        """Return the position of the last commit at or before the point; the head for ``None``."""
        return self._data.locate(self._branch_data(branch_id), point)

    # Contents

    def commit(
        self, branch_id: str, database: str, sql: str, *, role: str, at: datetime
    ) -> Position:
        """Run ``sql`` in one transaction; raise the error that Postgres reports."""
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
        """Create a role that can log in, and create databases and roles."""
        return self._create(branch_id, sql.create_role(name, password), at)

    def create_database(self, branch_id: str, name: str, owner: str, *, at: datetime) -> StorageJob:
        """Create an empty database."""
        return self._create(branch_id, [sql.create_database(name, owner)], at)

    def set_password(self, branch_id: str, name: str, password: str, *, at: datetime) -> StorageJob:
        """Set a role's password, and end the connections to the branch."""
        return self._change(branch_id, lambda server: sql.set_password(server, name, password), at)

    def delete_role(self, branch_id: str, name: str, *, at: datetime) -> StorageJob:
        """Delete a role."""
        return self._change(branch_id, lambda server: sql.drop_role(server, name), at)

    def update_database(
        self, branch_id: str, name: str, new_name: str, owner: str, *, at: datetime
    ) -> StorageJob:
        """Give a database a name and an owner."""
        change = partial(sql.update_database, database=name, new_name=new_name, owner=owner)
        return self._change(branch_id, change, at)

    def delete_database(self, branch_id: str, name: str, *, at: datetime) -> StorageJob:
        """Delete a database."""
        return self._change(branch_id, lambda server: sql.drop_database(server, name), at)

    def catalog(self, branch_id: str, known: Mapping[str, str | None]) -> Catalog | None:
        """Return what the branch's server has; ``None`` while no server answers."""
        server = self._ready_server(branch_id)
        try:
            return sql.catalog(server, known) if server else None
        except StorageError:
            return None

    def verifier(self, branch_id: str, role: str) -> passwords.Verifier | None:
        """Return the verifier of a role that can log in, or one that nothing matches.

        While no server answers, it is ``None``. A superuser is no role of a client's.
        """
        server = self._ready_server(branch_id)
        try:
            rows = server.query(sql.LOGIN, role) if server else None
        except StorageError:
            return None
        if rows is None:
            return None
        return (rows and passwords.read(rows[0][0])) or passwords.mock(role)

    def schema(self, branch_id: str, database: str, at: Position | None) -> str:
        """Return pg_dump's output for the database's schema."""
        data = self._branch_data(branch_id)
        if at is None and data.ready.done() and data.server:
            return schema_dump.dump(self._binaries, data.server, database)
        place = self._data.fork_point(data, at)
        past = self._pool.start_read_only(place.timeline, place.lsn)
        try:
            return schema_dump.dump(self._binaries, past, database)
        finally:
            self._pool.end(past)

    def _create(self, branch_id: str, statements: list[str], at: datetime) -> StorageJob:
        data = self._branches[branch_id]
        if self._bootstrap_data and self._bootstrap_data.data is data:
            self._bootstrap_data.statements += statements
            return self._work(data)

        def create(server: Server) -> None:
            for statement in statements:
                server.query(statement)

        return self._change(branch_id, create, at)

    def _change(self, branch_id: str, change: Callable[[Server], None], at: datetime) -> StorageJob:
        data = self._branch_data(branch_id)

        def run() -> None:
            with self._data.commits_at(data, at) as server:
                change(server)

        future = self._tasks.start(run)
        return StorageJob(lambda: future)

    # Computes

    def open_endpoint(self, endpoint_id: str, branch_id: str) -> str:
        """Listen on a port for the endpoint, and start a server for its branch."""
        port = self.ports.open(endpoint_id)
        self._endpoints[endpoint_id] = branch_id
        self._data.start_server(self._branch_data(branch_id))
        return f"127.0.0.1:{port}"

    def suspend_endpoint(self, endpoint_id: str) -> StorageJob:
        """End the connections; stop the server if no other endpoint of the branch needs it."""
        branch_id = self._endpoints[endpoint_id]
        data = self._branch_data(branch_id)
        self._suspended.add(endpoint_id)
        self.ports.interrupt(endpoint_id)
        if self._suspended.issuperset(self._endpoints_of(branch_id)):
            self._data.suspend(data)
        return self._work(data)

    def start_endpoint(self, endpoint_id: str) -> StorageJob:
        """Start the server of the branch unless it runs, and let connections in."""
        data = self._branch_data(self._endpoints[endpoint_id])
        self._data.resume(data)
        self._suspended.discard(endpoint_id)
        return self._work(data)

    def move_endpoints(self, branch_id: str, to_id: str) -> StorageJob:
        """Point the endpoints at another branch, and stop the server of the first one."""
        new = self._branch_data(to_id)
        moved = self._endpoints_of(branch_id)
        self._suspended -= set(moved)
        if moved:
            self._endpoints |= dict.fromkeys(moved, to_id)
            self._data.transfer_endpoints(self._branch_data(branch_id), new)
        return self._work(new)

    def close_endpoint(self, endpoint_id: str) -> None:
        """Stop listening for the endpoint."""
        del self._endpoints[endpoint_id]
        self._suspended.discard(endpoint_id)
        self.ports.close(endpoint_id)

    def socket_of(self, branch_id: str) -> str | None:
        """Return the private socket of a branch's server, or ``None`` while no server is ready."""
        server = self._ready_server(branch_id)
        return server.socket if server else None

    def socket_at(self, endpoint_id: str) -> str | None:
        """Return the socket of the endpoint's branch, or ``None`` while none answers there."""
        branch_id = self._endpoints[endpoint_id]
        return None if endpoint_id in self._suspended else self.socket_of(branch_id)

    def _endpoints_of(self, branch_id: str) -> list[str]:
        return [one for one, led_to in self._endpoints.items() if led_to == branch_id]

    # Ephemeral computes

    def start_ephemeral(self, ephemeral_id: str, branch_id: str, at: Position) -> StorageJob:
        """Start a read-only server on the branch data at a position."""
        place = self._data.fork_point(self._branch_data(branch_id), at)

        def start() -> Server:
            server = self._pool.start_read_only(place.timeline, place.lsn)
            self._pool.prewarm()
            return server

        future = self._ephemeral_computes[ephemeral_id] = self._tasks.start(start)
        return StorageJob(lambda: future)

    def stop_ephemeral(self, ephemeral_id: str) -> StorageJob:
        """End the server of an ephemeral compute."""
        started = self._ephemeral_computes.pop(ephemeral_id)

        def end() -> None:
            if started.exception() is None:
                self._pool.end(started.result())

        future = self._tasks.start(end)
        return StorageJob(lambda: future)

    def ephemeral_socket(self, ephemeral_id: str) -> str | None:
        """Return an ephemeral compute's private socket, or ``None`` while its server starts."""
        started = self._ephemeral_computes[ephemeral_id]
        return started.result().socket if started.done() else None

    @property
    def directory(self) -> Path:
        """The directory of the storage's files."""
        return self._directory.path

    def _ready_server(self, branch_id: str) -> Server | None:
        data = self._branches[branch_id]
        return data.server if data.ready.done() else None

    # Bootstrap

    def _branch_data(self, branch_id: str) -> BranchData:
        self._bootstrap()
        return self._branches[branch_id]

    def _work(self, data: BranchData) -> StorageJob:
        def future() -> Future[None]:
            self._bootstrap()
            return data.ready

        return StorageJob(future)

    def _bootstrap(self) -> None:
        """Start the bootstrap of the first branch when it is first needed."""
        founding, self._bootstrap_data = self._bootstrap_data, None
        if founding is None:
            return

        def found() -> None:
            self._initialized.result()
            begins = self._base.bootstrap(founding.statements)
            self._data.bootstrap(founding.data, begins, founding.created_at)

        self._tasks.start(found, founding.data.ready)
