"""A harness for the incident with rows: API requests, and rows read by Postgres clients."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg

from neon_sandbox import ShiftedClock, SteppedClock, incident
from neon_sandbox.points import write_instant
from neon_sandbox.scenario import instant
from neon_sandbox.server.postgres import Proxy
from neon_sandbox.storage.postgres import PostgresStorage
from tests.harness import SandboxHarness
from tests.sandbox.cli.process import eventually
from tools.docs.databases import base
from tools.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from neon_sandbox import Clock, Storage
    from neon_sandbox.storage.postgres.server import Server

# Between the last good commit, at 14:30:00, and the deletion, at 14:31:07.
BEFORE_DELETE = "2026-11-20T14:31:00Z"
# Numbers of rows: orders, and events of the other database. NOW is after the incident.
ROWS_NOW, ROWS_BEFORE, ROWS_OF_DEVELOPMENT = (0, 2500), (750, 2400), (400, 1000)


class Harness(SandboxHarness):
    """A sandbox on Postgres, its API, and the rows that clients of its endpoints read."""

    @property
    def storage(self) -> PostgresStorage:
        """The storage that holds the rows."""
        assert isinstance(self.sandbox.storage, PostgresStorage)
        return self.sandbox.storage

    # The API

    def do(self, method: str, path: str, body: object = None, **query: Any) -> Any:
        """Send a request that must succeed; return its body after all operations have finished."""
        response = self.ask(method, path, body, **query)
        assert response.is_success, response.text
        self.sandbox.run_until_idle()
        answer = response.json() if response.content else {}
        for operation in answer.get("operations", []):
            ended = self.ask("GET", f"/operations/{operation['id']}").json()["operation"]
            assert ended["status"] == "finished", ended
        return answer

    def id(self, branch: str) -> str:
        """Return the id of the branch with a name."""
        return self.sandbox.branch(branch).id

    def restore(self, branch: str, source: str | None = None, **body: str) -> Any:
        """Restore a branch, by default from its own history."""
        body = {"source_branch_id": self.id(source or branch), **body}
        return self.do("POST", f"/branches/{self.id(branch)}/restore", body)["branch"]

    def create(self, name: str, *, compute: bool = True, **options: str) -> Any:
        """Create a branch, by default from production."""
        body: dict[str, Any] = {"branch": {"name": name, **options}}
        if compute:
            body["endpoints"] = [{"type": "read_write"}]
        return self.do("POST", "/branches", body)["branch"]

    def actions(self, count: int) -> list[tuple[str, str]]:
        """Return the action and status of the newest operations, oldest first."""
        newest = self.do("GET", "/operations", limit=count)["operations"]
        return [(one["action"], one["status"]) for one in reversed(newest)]

    def newest_operation(self) -> tuple[str, str]:
        """Return the action and status of the newest operation, which may still be running."""
        (newest,) = self.ask("GET", "/operations", limit=1).json()["operations"]
        return newest["action"], newest["status"]

    # Rows

    def uri(self, branch: str, database: str = "shop", past: str = "") -> str:
        """Return the API's connection string for a branch, or for a point in its past."""
        uri: str = self.do(
            "GET",
            "/connection_uri",
            branch_id=self.id(branch),
            database_name=database,
            role_name="shop_owner",
        )["uri"]
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


@contextlib.contextmanager
def live_harness(
    *,
    threads: bool = True,
    ephemeral_idle_timeout: timedelta = timedelta(seconds=30),
    connect_timeout: timedelta = timedelta(seconds=10),
) -> Iterator[Harness]:
    """Open the incident as ``neon-sandbox`` does: on a running clock, with real durations."""
    clock = ShiftedClock(instant("14:40:00"))
    with (
        scratch() as folder,
        PostgresStorage(
            folder / "data", clock=clock, threads=threads, first_port=0, base=base()
        ) as storage,
    ):
        sandbox = incident(
            clock,
            storage,
            limits=None,
            operation_durations={},
            ephemeral_idle_timeout=ephemeral_idle_timeout,
        )
        with Proxy(sandbox, connect_timeout=connect_timeout):
            yield Harness(sandbox)


@contextlib.contextmanager
def stepped_harness() -> Iterator[Harness]:
    """Open the incident as the examples do: on a stepped clock, with no work pending."""
    clock = SteppedClock(instant("14:40:00"))
    with (
        scratch() as folder,
        PostgresStorage(
            folder / "data", clock=clock, threads=False, first_port=0, base=base()
        ) as storage,
    ):
        sandbox = incident(clock, storage, limits=None)
        with Proxy(sandbox):
            yield Harness(sandbox)


def kill_server(server: Server) -> None:
    """Kill a server and wait until its processes are gone, since they would block a new start."""
    pid = int((server.data / "postmaster.pid").read_text().split()[0])
    children = {child for child, parent in processes() if parent == pid}
    assert children
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not server.is_alive, "the server lives on")
    eventually(lambda: children.isdisjoint(child for child, _ in processes()), "its processes do")


def processes() -> list[tuple[int, int]]:
    """Return each process of this machine that is not a zombie, with its parent."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,stat="],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    found = (line.split() for line in listed)
    return [(int(pid), int(parent)) for pid, parent, state in found if state[0] != "Z"]


def timestamp_option(instant: datetime) -> str:
    """Return the connection option that selects the state at an instant."""
    return f"neon_timestamp:{write_instant(instant)}"


def on_storage(clock: Clock, storage: Storage) -> Harness:
    """Return the incident on any storage, without a server for Postgres clients."""
    return Harness(incident(clock, storage, limits=None))
