"""Connects drivers to a sandbox with rows, by the connection strings that its API answers."""

import asyncio
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch
from urllib.parse import quote

import httpx
import psycopg

from neon_sandbox.cli.options import Options
from neon_sandbox.cli.sandbox import sandbox
from neon_sandbox.scenario import PROJECT_ID, ROLE
from neon_sandbox.server.http import HttpServer
from tests.official_clients.measurement import Outcome, Result
from tests.sandbox.harness import BEFORE_DELETE
from tests.sandbox.neon_cli import program
from tools.docs.requirements import PATH, lacks
from tools.docs.tree import ROOT

SECONDS = 60
PASSWORD = re.compile(r"(?<=\w):[^/@]+@")
COUNT = "SELECT count(*) FROM orders"
IN_THE_PAST = f"&options={quote(f'neon_timestamp:{BEFORE_DELETE}')}"
OTHERS = {
    "Python": ("asyncpg", "sqlalchemy", "pg8000"),
    "Node": ("pg", "postgres"),
}
"""Drivers that would be measured, were they installed."""


class RejectedError(Exception):
    """A driver reported an error of the server, or could not connect."""


class Driver(Protocol):
    """What each driver can do; each call is a connection of its own."""

    def run(self, uri: str, *statements: str) -> str:
        """Run statements; return the first column of the last one's rows."""

    def copy(self, uri: str, table: str, lines: Sequence[str]) -> str:
        """Copy lines into a table; return them as copied out of it."""

    def prepared(self, uri: str, value: int) -> str:
        """Prepare a statement that adds one; run it twice, and return the second result."""


class Psql:
    """The psql of the machine, with the environment that a reader of the pages has."""

    def _start(self, uri: str, *arguments: str, stdin: str = "") -> str:
        done = subprocess.run(  # noqa: S603 - the official client
            ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", uri, *arguments],  # noqa: S607
            input=stdin,
            env={**os.environ, "PATH": PATH, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        if done.returncode or done.stderr:
            raise RejectedError(done.stderr.strip())
        return done.stdout.strip()

    def run(self, uri: str, *statements: str) -> str:
        """Give each statement as an option."""
        return self._start(uri, *(word for sql in statements for word in ("-c", sql)))

    def copy(self, uri: str, table: str, lines: Sequence[str]) -> str:
        """Copy from standard input."""
        self._start(uri, "-c", f"COPY {table} FROM STDIN", stdin="".join(f"{x}\n" for x in lines))
        return self._start(uri, "-c", f"COPY {table} TO STDOUT")

    def prepared(self, uri: str, value: int) -> str:
        """Prepare in SQL."""
        execute = f"EXECUTE add({value})"
        prepare = "PREPARE add(int) AS SELECT $1 + 1"
        return self.run(uri, prepare, execute, execute).splitlines()[-1]


class Psycopg:
    """The blocking interface of psycopg 3."""

    @contextmanager
    def _connect(self, uri: str) -> Iterator[psycopg.Connection[Any]]:
        try:
            with psycopg.connect(uri, connect_timeout=SECONDS, autocommit=True) as connection:
                yield connection
        except psycopg.Error as error:
            raise RejectedError(f"{error.sqlstate} {error}") from error

    def run(self, uri: str, *statements: str) -> str:
        """Run each statement as it is."""
        with self._connect(uri) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return "\n".join(f"{row[0]}" for row in cursor) if cursor.description else ""

    def copy(self, uri: str, table: str, lines: Sequence[str]) -> str:
        """Copy with a cursor."""
        with self._connect(uri) as connection, connection.cursor() as cursor:
            with cursor.copy(f"COPY {table} FROM STDIN".encode()) as into:
                for line in lines:
                    into.write(f"{line}\n")
            with cursor.copy(f"COPY {table} TO STDOUT".encode()) as out:
                return b"".join(map(bytes, out)).decode().strip()

    def prepared(self, uri: str, value: int) -> str:
        """Prepare in the protocol."""
        with self._connect(uri) as connection:
            for _ in range(2):
                row = connection.execute("SELECT %s::int + 1", (value,), prepare=True).fetchone()
            return f"{row and row[0]}"


class AsyncPsycopg:
    """The asynchronous interface of psycopg 3."""

    async def _in(self, uri: str, work: Callable[[psycopg.AsyncConnection[Any]], Any]) -> str:
        try:
            async with await psycopg.AsyncConnection.connect(
                uri, connect_timeout=SECONDS, autocommit=True
            ) as connection:
                return f"{await work(connection)}"
        except psycopg.Error as error:
            raise RejectedError(f"{error.sqlstate} {error}") from error

    def run(self, uri: str, *statements: str) -> str:
        """Run each statement as it is."""

        async def work(connection: psycopg.AsyncConnection[Any]) -> str:
            for statement in statements:
                cursor = await connection.execute(statement.encode())
            rows = await cursor.fetchall() if cursor.description else []
            return "\n".join(f"{row[0]}" for row in rows)

        return asyncio.run(self._in(uri, work))

    def copy(self, uri: str, table: str, lines: Sequence[str]) -> str:
        """Copy with a cursor."""

        async def work(connection: psycopg.AsyncConnection[Any]) -> str:
            async with connection.cursor() as cursor:
                async with cursor.copy(f"COPY {table} FROM STDIN".encode()) as into:
                    for line in lines:
                        await into.write(f"{line}\n")
                async with cursor.copy(f"COPY {table} TO STDOUT".encode()) as out:
                    return b"".join([bytes(block) async for block in out]).decode().strip()

        return asyncio.run(self._in(uri, work))

    def prepared(self, uri: str, value: int) -> str:
        """Prepare in the protocol."""

        async def work(connection: psycopg.AsyncConnection[Any]) -> object:
            for _ in range(2):
                cursor = await connection.execute("SELECT %s::int + 1", (value,), prepare=True)
                row = await cursor.fetchone()
            return row and row[0]

        return asyncio.run(self._in(uri, work))


DRIVERS: dict[str, Driver] = {
    "psql": Psql(),
    "psycopg": Psycopg(),
    "psycopg, async": AsyncPsycopg(),
}


# The Neon CLI has a psql of its own, which it uses on a machine without another.
OWN_PSQL = "CLI with its own psql"
CLIENTS = (*DRIVERS, "CLI with rows", OWN_PSQL)


class Strings:
    """Connection strings of production, as the API answers them."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self.direct = self.ask()

    def response(self, **query: str) -> httpx.Response:
        """Ask the API for a connection string of production."""
        environment = self._server.environment
        response = httpx.get(
            f"{environment['NEON_API_HOST']}/projects/{PROJECT_ID}/connection_uri",
            params={"database_name": "shop", "role_name": ROLE, **query},
            headers={"authorization": f"Bearer {environment['NEON_API_KEY']}"},
            trust_env=False,
        )
        return response.raise_for_status()

    def ask(self, **query: str) -> str:
        """Return a connection string of production."""
        return str(self.response(**query).json()["uri"])

    @property
    def bare(self) -> str:
        """The string without its parameters."""
        return self.direct.partition("?")[0]


def equal(found: object, expected: object) -> None:
    """Raise ``AssertionError`` with both if they differ."""
    assert found == expected, f"{found!r}, not {expected!r}"


def rejected(said: str, run: Callable[[], object]) -> None:
    """Raise ``AssertionError`` unless the driver reports an error with these words."""
    try:
        outcome = f"not rejected: {run()!r}"
    except RejectedError as error:
        outcome = f"{error}"
    assert said in outcome, outcome


def wrote(driver: Driver, strings: Strings) -> None:
    """Write a row in one connection, and read it in another."""
    driver.run(strings.direct, "CREATE TABLE t (n int)", "INSERT INTO t VALUES (1), (2)")
    equal(driver.run(strings.direct, "SELECT sum(n) FROM t"), "3")


def copied(driver: Driver, strings: Strings) -> None:
    """Copy rows in and out."""
    driver.run(strings.direct, "CREATE TABLE t (n int)")
    equal(driver.copy(strings.direct, "t", ["1", "2"]), "1\n2")


def rolled_back(driver: Driver, strings: Strings) -> None:
    """Insert in a transaction that is rolled back."""
    begin = ("CREATE TABLE t (n int)", "BEGIN", "INSERT INTO t VALUES (1)", "ROLLBACK")
    equal(driver.run(strings.direct, *begin, "SELECT count(*) FROM t"), "0")


def same_time(driver: Driver, strings: Strings) -> None:
    """Compare the time in SQL with that of the API."""
    difference = float(driver.run(strings.direct, "SELECT extract(epoch FROM now())"))
    difference -= parsedate_to_datetime(strings.response().headers["date"]).timestamp()
    assert abs(difference) < SECONDS, f"{timedelta(seconds=difference)} apart"


def pooled(driver: Driver, strings: Strings) -> None:
    """Read through the host of the pooler."""
    uri = strings.ask(pooled="true")
    assert "-pooler" in uri, uri
    equal(driver.run(uri, "SELECT 1"), "1")


CASES: dict[str, Callable[[Driver, Strings], None]] = {
    "the string as given": lambda d, s: equal(d.run(s.direct, COUNT), "0"),
    "sslmode=require": lambda d, s: equal(d.run(f"{s.bare}?sslmode=require", COUNT), "0"),
    "sslmode=verify-full": lambda d, s: equal(d.run(f"{s.bare}?sslmode=verify-full", COUNT), "0"),
    "sslmode=disable": lambda d, s: rejected(
        "connection is insecure", lambda: d.run(f"{s.bare}?sslmode=disable", COUNT)
    ),
    "pooled string": pooled,
    "wrong password": lambda d, s: rejected(
        "password authentication failed for user",
        lambda: d.run(PASSWORD.sub(":wrong@", s.direct), COUNT),
    ),
    "write and read": wrote,
    "COPY": copied,
    "prepared statement": lambda d, s: equal(d.prepared(s.direct, 41), "42"),
    "transaction": rolled_back,
    "error of a statement": lambda d, s: rejected(
        'relation "nothing" does not exist', lambda: d.run(s.direct, "TABLE nothing")
    ),
    "clock of the server and of the API": same_time,
    "Time Travel string": lambda d, s: equal(d.run(s.direct + IN_THE_PAST, COUNT), "750"),
    "write in the past": lambda d, s: rejected(
        "cannot execute DELETE in a read-only transaction",
        lambda: d.run(s.direct + IN_THE_PAST, "DELETE FROM orders"),
    ),
    "past before the history window": lambda d, s: rejected(
        "history window",
        lambda: d.run(f"{s.direct}&options=neon_timestamp%3A2026-11-01T00:00:00Z", COUNT),
    ),
}
ASK = ("--", "-At", "-c", COUNT)
SHOP, STRING = "--database-name shop", "connection-string --psql --database-name shop"
WITH_THE_CLI: dict[str, str] = {
    f"psql production {SHOP}": "0",
    f"psql {SHOP}": "0",
    f"psql production@{BEFORE_DELETE} {SHOP}": "750",
    f"psql production {SHOP} --role-name {ROLE}": "0",
    f"psql production {SHOP} --endpoint-type read_write": "0",
    f"psql production {SHOP} --pooled": "0",
    f"psql production {SHOP} --ssl verify-full": "0",
    f"{STRING} production": "0",
    f"{STRING} production@{BEFORE_DELETE}": "750",
    f'{STRING} production@{BEFORE_DELETE} -- -c "TRUNCATE orders"': "in a read-only transaction",
    f"{STRING} production@2026-11-20T07:00:00Z": "window, which starts at 2026-11-20T08:00:00Z",
    f"{STRING} development@{{lsn}}": "400",
    f"{STRING} copy": "0",
    # A backup branch with a compute. The pooled string of the Neon CLI has the same address.
    f"{STRING} kept --pooled": "400",
}
"""Lines of the CLI that read rows, and what they print, or words of the error."""
WITH_A_COPY = (
    "branches create --name copy --parent development",
    "branches restore copy production --preserve-under-name kept",
    "branches add-compute kept --type read_write",
)


def missing() -> list[str]:
    """Return the drivers that this machine lacks."""
    programs = ["psql"] if lacks("psql") else []
    python = [one for one in OTHERS["Python"] if importlib.util.find_spec(one) is None]
    return (
        programs
        + python
        + [one for one in OTHERS["Node"] if not (ROOT / "node_modules" / one).exists()]
    )


def measure() -> Iterator[Result]:
    """Try each case with each driver, and the lines of the CLI that read rows."""
    with (
        sandbox(Options(port=0), say=lambda _: None, show=lambda _: None) as server,
        patch.dict(os.environ, server.environment),
        tempfile.TemporaryDirectory() as home,
    ):
        strings = Strings(server)
        for client, driver in DRIVERS.items():
            if client in missing():
                continue
            for name, case in CASES.items():
                yield _attempt(client, name, lambda: case(driver, strings))  # noqa: B023 - called at once
                Psycopg().run(strings.direct, "DROP TABLE IF EXISTS t")
        yield from _with_the_cli(server, Path(home))


def _with_the_cli(server: HttpServer, home: Path) -> Iterator[Result]:
    for call in WITH_A_COPY:
        done = program.run(call.split(), home, server.environment)
        assert done.returncode == 0, done.stderr
        server.sandbox.run_until_idle()
    at = server.sandbox.storage.locate(server.sandbox.branch("development").id, None)
    programs = [shutil.which(name, path=PATH) for name in ("node", "env", "psql")]
    for client in ("CLI with rows", OWN_PSQL):
        folder = home / client
        folder.mkdir()
        for path in map(Path, filter(None, programs)):
            if client != OWN_PSQL or path.name != "psql":
                (folder / path.name).symlink_to(path)
        variables = server.environment | {"PATH": str(folder)}
        for line, printed in WITH_THE_CLI.items():
            command = line.format(lsn=at and at.lsn)
            yield _attempt(client, line, partial(_ask, command, printed, home, variables))


def _ask(command: str, printed: str, home: Path, variables: dict[str, str]) -> None:
    words = shlex.split(command)
    words += () if "--" in words else ASK
    done = program.run(words, home, variables)
    is_own = "falling back to embedded TypeScript psql" in done.stderr
    assert is_own == (not Path(variables["PATH"], "psql").exists()), done.stderr
    if printed.isdecimal():
        equal(done.stdout.strip() or done.stderr.strip(), printed)
    assert printed in done.stdout + done.stderr, done.stderr


def _attempt(client: str, name: str, case: Callable[[], None]) -> Result:
    try:
        case()
    except (AssertionError, RejectedError, httpx.HTTPError) as error:
        return Result(client, name, Outcome.FAILED, " ".join(f"{error}".split())[:200])
    return Result(client, name, Outcome.PASSED)
