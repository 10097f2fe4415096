"""On real Postgres, every table has the expected rows after any actions in any order."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

import psycopg
from hypothesis import Phase, settings

from neon_sandbox import Sandbox, scenario
from neon_sandbox.storage.postgres import PostgresStorage
from tests.generated_input import same_examples
from tests.properties.machine_base import CREATED, at
from tests.properties.reference_model import Commit, Verdict
from tests.properties.restore_machine import RestoreStateMachine
from tools.docs.sandboxes import fresh

TABLES = {"shop": ("customers", "orders"), "analytics": ("events",)}
ADDED = re.compile(r"INSERT INTO (\w+) .*generate_series\((\d+), (\d+)\)", re.DOTALL)
CLEARED = re.compile(r"DELETE FROM (\w+)")


class OnPostgres(RestoreStateMachine):
    """The machine with rows, which are counted at the end of each run."""

    # On Postgres a schema-only branch gets one more commit, and before 09:05 tables are missing.
    knows_schemas = False
    earliest = scenario.instant("09:05:00")

    def open(self) -> AbstractContextManager[Sandbox]:
        """Open the incident on Postgres, with a server for its clients."""
        return fresh(rows=True)

    @property
    def storage(self) -> PostgresStorage:
        """The Postgres storage."""
        assert isinstance(self.sandbox.storage, PostgresStorage)
        return self.sandbox.storage

    def teardown(self) -> None:
        """Count the rows of all branches, and those of one point in the past."""
        try:
            for name, branch in self.reference.branches.items():
                assert self.counted(name) == rows(branch.commits), name
            self.count_past()
        finally:
            super().teardown()

    def counted(self, name: str) -> Counter[str]:
        """Return a branch's row counts: over its endpoint, or else over an ephemeral compute."""
        if self.reference.branches[name].compute:
            return count_all(lambda database: self.neon.connection_string(name, database=database))
        head = self.storage.locate(self.id(name), None)
        assert head is not None
        self.storage.start_ephemeral("look", self.id(name), head)
        socket = self.storage.ephemeral_socket("look")
        assert socket is not None
        folder, _, port = socket.rpartition("/.s.PGSQL.")
        found = count_all(
            lambda database: f"host={folder} port={port} dbname={database} user=cloud_admin"
        )
        self.storage.stop_ephemeral("look")
        return found

    def count_past(self) -> None:
        """Count production's rows in a Time Travel query, halfway through its commits."""
        commits = [c for c in self.reference.branches["production"].commits if c.time > CREATED]
        point = commits[len(commits) // 2].time
        if self.reference.reach("production", point, self.now) is not Verdict.DONE:
            return
        past = count_all(
            lambda database: self.neon.connection_string(
                "production", **at(point), database=database
            )
        )
        assert past == rows(self.reference.held("production", point))


def count_all(connection: Callable[[str], object]) -> Counter[str]:
    """Return the number of rows in each table, with the connection string of each database."""
    found: Counter[str] = Counter()
    for database, tables in TABLES.items():
        with psycopg.connect(str(connection(database))) as connected:
            for table in tables:
                query = f"SELECT count(*) FROM {table}".encode()  # noqa: S608
                [(found[table],)] = connected.execute(query).fetchall()
    return found


def rows(commits: Iterable[Commit]) -> Counter[str]:
    """Return the number of rows that the commits leave in each table."""
    found = Counter({table: 0 for tables in TABLES.values() for table in tables})
    for commit in commits:
        if added := ADDED.match(commit.sql):
            found[added[1]] += int(added[3]) - int(added[2]) + 1
        elif cleared := CLEARED.match(commit.sql):
            found[cleared[1]] = 0
    return found


OnPostgres.TestCase.settings = settings(
    same_examples(6, 20),
    stateful_step_count=8,
    # Shrinking a failure would take an hour.
    phases=[Phase.generate],
)
TestOnPostgres = OnPostgres.TestCase
