"""A harness for the incident with rows: API requests, and rows read by Postgres clients."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import psycopg

from neon_sandbox import Clock, ShiftedClock, SteppedClock, incident
from neon_sandbox.points import Point, Position
from neon_sandbox.scenario import INCIDENT_END
from neon_sandbox.server.postgres import Proxy
from neon_sandbox.storage.postgres import PostgresStorage, StorageError
from neon_sandbox.storage.postgres.server_pool import ServerPool
from tests.harness import UNLIMITED, SandboxHarness
from tests.sandbox.cli.process import eventually, ps
from tools.docs.databases import base
from tools.scratch import scratch

# Between the last good commit, at 14:30:00, and the deletion, at 14:31:07.
BEFORE_DELETE = "2026-11-20T14:31:00Z"
ONE_ORDER = "INSERT INTO orders SELECT 1, 1, 100"


class Rows:
    """Numbers of orders, and of events of the other database; NOW is after the incident."""

    NOW, BEFORE, OF_DEVELOPMENT = (0, 2500), (750, 2400), (400, 1000)


class Harness(SandboxHarness):
    """A sandbox on Postgres, its API, and the rows that clients of its endpoints read."""

    @property
    def storage(self) -> PostgresStorage:
        """The storage that holds the rows."""
        assert isinstance(self.sandbox.storage, PostgresStorage)
        return self.sandbox.storage

    def do(self, method: str, path: str, body: object = None, **query: Any) -> Any:
        """Send a request that must succeed; return its body after all operations have finished."""
        response = self.ask(method, path, body, **query)
        assert response.is_success, response.text
        self.run_until_idle()
        answer = response.json() if response.content else {}
        for operation in answer.get("operations", []):
            ended = self.operation(operation["id"])
            assert ended["status"] == "finished", ended
        return answer

    def operation(self, operation_id: str) -> Any:
        """Return the operation with an id."""
        return self.ask("GET", f"/operations/{operation_id}").json()["operation"]

    def failure(self, path: str, body: object) -> tuple[str, str]:
        """Send a change while no server can start; return how its first operation ended."""
        with mock.patch.object(ServerPool, "promote", side_effect=StorageError("no room left")):
            answer = self.ask("POST", path, body).json()
            self.run_until_idle()
        failed = self.operation(answer["operations"][0]["id"])
        return failed["status"], failed["error"]

    def id(self, branch: str) -> str:
        """Return the id of the branch with a name."""
        return self.sandbox.branch(branch).id

    def locate(self, branch: str, point: Point | None = None) -> Position:
        """Return the position of a branch's last commit, or of its last up to a point."""
        position = self.storage.locate(self.id(branch), point)
        assert position is not None
        return position

    def restore(self, branch: str, source: str | None = None, **body: str) -> Any:
        """Restore a branch, by default from its own history."""
        body = {"source_branch_id": self.id(source or branch), **body}
        return self.do("POST", f"/branches/{self.id(branch)}/restore", body)["branch"]

    def rewind(self, to: str = BEFORE_DELETE, preserve_as: str = "old") -> Any:
        """Restore production from its own history, by default to before the deletion."""
        return self.restore("production", source_timestamp=to, preserve_under_name=preserve_as)

    def create(self, name: str, *, compute: bool = True, **options: str) -> Any:
        """Create a branch, by default from production."""
        body: dict[str, Any] = {"branch": {"name": name, **options}}
        if compute:
            body["endpoints"] = [{"type": "read_write"}]
        return self.do("POST", "/branches", body)["branch"]

    def actions(self, count: int) -> list[tuple[str, str]]:
        """Return action and status of the newest operations, which may still run, oldest first."""
        newest = self.ask("GET", "/operations", limit=count).json()["operations"]
        return [(one["action"], one["status"]) for one in reversed(newest)]

    def uri(self, branch: str, database: str = "shop", past: str = "") -> str:
        """Return the API's connection string for a branch, or for a point in its past."""
        query = {"branch_id": self.id(branch), "database_name": database, "role_name": "shop_owner"}
        uri: str = self.do("GET", "/connection_uri", **query)["uri"]
        return f"{uri}&options={past.replace(':', '%3A', 1)}" if past else uri

    def query(self, branch: str, sql: str, database: str = "shop", past: str = "") -> Any:
        """Run a query as a client and return its first value."""
        with psycopg.connect(self.uri(branch, database, past)) as connection:
            row = connection.execute(sql.encode()).fetchone()
        assert row is not None
        return row[0]

    def run(self, branch: str, sql: str, database: str = "shop") -> None:
        """Run a statement as a client and commit it."""
        with psycopg.connect(self.uri(branch, database)) as connection:
            connection.execute(sql.encode())

    def rows(self, branch: str, past: str = "") -> tuple[int, int]:
        """Return the numbers of orders and of events that a client of a branch counts."""
        orders = self.query(branch, "SELECT count(*) FROM orders", past=past)
        events = self.query(branch, "SELECT count(*) FROM events", "analytics", past)
        return orders, events

    def kill_server(self, branch: str) -> None:
        """Kill a branch's server, and wait for its processes to end: they would block a start."""
        server = self.storage._branches[self.id(branch)].server
        assert server is not None
        pid = (server.data / "postmaster.pid").read_text().split()[0]
        children = {child for child, parent in ps("pid", "ppid") if parent == pid}
        assert children
        os.kill(int(pid), signal.SIGKILL)
        eventually(lambda: not server.is_alive, "the server lives on")
        eventually(lambda: children.isdisjoint(running()), "its processes do")


def running() -> set[str]:
    """Return the ids of all processes on this machine but for zombies."""
    return {pid for pid, state in ps("pid", "stat") if state[0] != "Z"}


@contextmanager
def postgres_storage(clock: Clock, *, threads: bool = False) -> Iterator[PostgresStorage]:
    """Open an empty storage on the base backup that the tests share."""
    with (
        scratch() as folder,
        PostgresStorage(
            folder / "data", clock=clock, threads=threads, first_port=0, base=base()
        ) as storage,
    ):
        yield storage


@contextmanager
def live_harness(
    *,
    clock: Clock | None = None,
    end: datetime = INCIDENT_END,
    connect_timeout: timedelta = timedelta(seconds=10),
    ephemeral_idle_timeout: timedelta = timedelta(seconds=30),
) -> Iterator[Harness]:
    """Open the incident as ``neon-sandbox`` does: on a running clock, with real durations."""
    clock = clock or ShiftedClock(end)
    with postgres_storage(clock, threads=True) as storage:
        sandbox = incident(
            clock,
            storage,
            limits=None,
            operation_durations={},
            plan=UNLIMITED,
            ephemeral_idle_timeout=ephemeral_idle_timeout,
            end=end,
        )
        with Proxy(sandbox, connect_timeout=connect_timeout):
            yield Harness(sandbox)


@contextmanager
def stepped_harness() -> Iterator[Harness]:
    """Open the incident as the examples do: on a stepped clock, with no work pending."""
    clock = SteppedClock(INCIDENT_END)
    with postgres_storage(clock) as storage:
        sandbox = incident(clock, storage, limits=None)
        with Proxy(sandbox):
            yield Harness(sandbox)
