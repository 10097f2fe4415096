"""`PostgresStorage`: the storage whose rows are real.

Every method of the seam is here, in terms of lines; what becomes of lines is in `lines`, and how
a server is brought to a position in `recovery`.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from neon_sandbox.points import Lsn
from neon_sandbox.storage.postgres import schema, sql
from neon_sandbox.storage.postgres.base import Base
from neon_sandbox.storage.postgres.crew import Crew, Work
from neon_sandbox.storage.postgres.directory import Directory
from neon_sandbox.storage.postgres.lines import Line, Lines
from neon_sandbox.storage.postgres.ports import Ports
from neon_sandbox.storage.postgres.programs import Programs, User
from neon_sandbox.storage.postgres.recovery import Servers
from neon_sandbox.storage.postgres.timelines import Timeline

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from neon_sandbox.clock import Clock
    from neon_sandbox.points import Point, Position
    from neon_sandbox.storage.postgres.server import Server


@dataclass(slots=True)
class _Founding:
    """What the first branch begins with, collected until somebody needs it."""

    line: Line
    at: datetime
    statements: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Visit:
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
        base: Base | None = None,
    ) -> None:
        user = User()
        self.ports = Ports(first_port)
        self._directory = Directory(directory, user=user, keep=keep)
        self._crew = Crew(threads=threads)
        try:
            if base is None:
                programs = Programs(user, self._directory.path / "postgres")
                base = Base(programs, self._directory.copies)
        except BaseException:
            self._crew.close()
            self._directory.close()
            raise
        self._base, self._programs = base, base.programs
        self._servers = Servers(base, self._directory, self._crew)
        self._lines = Lines(self._programs, self._servers, self._crew, clock)
        self._branches: dict[str, Line] = {}
        self._endpoints: dict[str, str] = {}
        self._visits: dict[str, _Visit] = {}
        self._founding: _Founding | None = None
        # Needed by the first branch, and begun before anybody asks for one.
        self._initialized = self._crew.start_thread(base.initialize)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process; remove the directory unless it is to be kept."""
        self.ports.close_all()
        self._crew.close()
        self._servers.close(orderly=self._directory.keep)
        self._directory.close()

    # Timelines

    def create(self, branch_id: str, *, at: datetime) -> Work:
        """Start the timeline of the first branch; its roles and databases follow at once."""
        line = Line(Timeline(1, Lsn(0), None, self._directory.wal), None, Future())
        self._branches[branch_id] = line
        self._founding = _Founding(line, at)
        return self._work(line)

    def fork(
        self, branch_id: str, source_id: str, at: Position | None, *, schema_only: bool = False
    ) -> Work:
        """Note where the new branch leaves the source; a server starts when one is needed."""
        line = self._lines.at(self._lines.origin(self._line(source_id), at))
        self._branches[branch_id] = line
        if schema_only:
            self._lines.serve(line, sql.remove_rows)
        return self._work(line)

    def restore(
        self, branch_id: str, source_id: str, at: Position | None, *, keep_as: str | None
    ) -> Work:
        """Put a line that leaves the source in the place of the branch's, with a new server."""
        new = self._lines.at(self._lines.origin(self._line(source_id), at))
        old = self._line(branch_id)

        def failed(end: Line) -> None:
            self._branches[branch_id] = old
            if keep_as:
                self._branches[keep_as] = end

        self._branches[branch_id] = new
        if keep_as:
            self._branches[keep_as] = old
        if old.server or branch_id in self._endpoints.values():
            self._lines.move(old, new, failed)
        return self._work(new)

    def delete(self, branch_id: str) -> Work:
        """Stop the branch's server and forget its line."""
        future = self._lines.end(self._line(branch_id))
        del self._branches[branch_id]
        return Work(lambda: future)

    def locate(self, branch_id: str, point: Point | None) -> Position | None:
        """Return where the last commit at or before the point ended; the head for ``None``."""
        return self._lines.locate(self._line(branch_id), point)

    # Contents

    def commit(
        self, branch_id: str, database: str, sql: str, *, role: str, at: datetime
    ) -> Position:
        """Carry out ``sql`` in one transaction; raise what Postgres says against it."""
        line = self._line(branch_id)
        with self._lines.stating(line, at) as server, server.connection(database, role) as made:
            last = line.timeline.locate(None)
            if last and at < last.time:
                raise ValueError(f"a commit at {at} comes after one at {last.time}")
            made.execute(sql.encode())
            made.commit()
        position = line.timeline.locate(None)
        if position is None:
            raise RuntimeError("a timeline begins with a commit")
        return position

    def create_role(self, branch_id: str, name: str, password: str, *, at: datetime) -> Work:
        """Create a role that may log in, and make databases and roles."""
        return self._change(branch_id, sql.create_role(name, password), at)

    def create_database(self, branch_id: str, name: str, owner: str, *, at: datetime) -> Work:
        """Create an empty database."""
        return self._change(branch_id, [sql.create_database(name, owner)], at)

    def schema(self, branch_id: str, database: str, at: Position | None) -> str:
        """Return what pg_dump says about the database's schema."""
        line = self._line(branch_id)
        if at is None and line.ready.done() and line.server:
            return schema.dump(self._programs, line.server, database)
        place = self._lines.origin(line, at)
        past = self._servers.look_back(place.timeline, place.lsn)
        try:
            return schema.dump(self._programs, past, database)
        finally:
            self._servers.end(past)

    def _change(self, branch_id: str, statements: list[str], at: datetime) -> Work:
        line = self._branches[branch_id]
        if self._founding and self._founding.line is line:
            self._founding.statements += statements
            return self._work(line)

        def change() -> None:
            with self._lines.stating(line, at) as server:
                for statement in statements:
                    server.query(statement)

        future = self._crew.start(change)
        return Work(lambda: future)

    # Computes

    def open_endpoint(self, endpoint_id: str, branch_id: str) -> str:
        """Listen on a port for the endpoint, and start a server for its branch."""
        port = self.ports.open(endpoint_id)
        self._endpoints[endpoint_id] = branch_id
        self._lines.serve(self._line(branch_id))
        return f"127.0.0.1:{port}"

    def move_endpoints(self, branch_id: str, to_id: str) -> Work:
        """Have the endpoints lead to another branch, and stop the server that they led to."""
        new = self._line(to_id)
        moved = [one for one, led_to in self._endpoints.items() if led_to == branch_id]
        if moved:
            self._endpoints |= dict.fromkeys(moved, to_id)
            self._lines.take_over(self._line(branch_id), new)
        return self._work(new)

    def close_endpoint(self, endpoint_id: str) -> None:
        """Listen no more."""
        del self._endpoints[endpoint_id]
        self.ports.close(endpoint_id)

    def socket_of(self, branch_id: str) -> str | None:
        """Return the private socket that a branch's server answers on, ``None`` while it moves.

        Raises ``KeyError`` for a branch that is gone.
        """
        line = self._branches[branch_id]
        server = line.server if line.ready.done() else None
        return server.socket if server else None

    def socket_at(self, endpoint_id: str) -> str | None:
        """Return the socket of the branch that an endpoint leads to now, as `socket_of` does."""
        return self.socket_of(self._endpoints[endpoint_id])

    # The past

    def open_past(self, visit_id: str, branch_id: str, at: Position) -> Work:
        """Start a server that shows the branch at a position, read-only."""
        place = self._lines.origin(self._line(branch_id), at)
        visit = self._visits[visit_id] = _Visit(Future())

        def look_back() -> None:
            visit.server = self._servers.look_back(place.timeline, place.lsn)
            self._servers.replenish()

        self._crew.start(look_back, visit.ready)
        return Work(lambda: visit.ready)

    def close_past(self, visit_id: str) -> Work:
        """End the server."""
        visit = self._visits.pop(visit_id)

        def end() -> None:
            if visit.ready.exception() is None and visit.server:
                self._servers.end(visit.server)

        future = self._crew.start(end)
        return Work(lambda: future)

    def socket_of_past(self, visit_id: str) -> str | None:
        """Return the private socket of a visit, ``None`` while its server starts.

        Raises ``KeyError`` for a visit that is over, and what kept the server from starting.
        """
        visit = self._visits[visit_id]
        if not visit.ready.done():
            return None
        visit.ready.result()
        return visit.server.socket if visit.server else None

    # The founding

    def _line(self, branch_id: str) -> Line:
        self._found()
        return self._branches[branch_id]

    def _work(self, line: Line) -> Work:
        def future() -> Future[None]:
            self._found()
            return line.ready

        return Work(future)

    def _found(self) -> None:
        """Found the cluster, now that somebody needs it, unless that was done."""
        founding, self._founding = self._founding, None
        if founding is None:
            return

        def found() -> None:
            self._initialized.result()
            begins = self._base.found(founding.statements)
            self._lines.found(founding.line, begins, founding.at)

        self._crew.start(found, founding.line.ready)
