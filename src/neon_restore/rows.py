"""Compares the rows that a restore removes and brings back; requires the extra `checks`."""

import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any, TypeAlias

import psycopg
from psycopg import sql

from neon_restore import _clock
from neon_restore._http.connection_string import ConnectionString
from neon_restore._models.rows import TableRows

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
Pairs: TypeAlias = Sequence[tuple[ConnectionString, ConnectionString]]
Name: TypeAlias = tuple[str, str]

# Roles and databases can have defaults of their own, and the text of a row depends on them.
_SETTINGS = """
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;
SET statement_timeout = {}; SET lock_timeout = 1000; SET row_security = off;
SET search_path = pg_catalog; SET TimeZone = 'UTC'; SET DateStyle = 'ISO';
SET IntervalStyle = 'postgres'; SET extra_float_digits = 1; SET bytea_output = 'hex'
"""
# Each partition is a table here, and a parent has no rows of its own. A function that returns the
# size would wait for tables that are locked.
_TABLES = """
SELECT nspname::text, relname::text, relpages, ARRAY(
    SELECT attname::text FROM pg_attribute
    WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
"""
_DATABASES = "SELECT datname::text FROM pg_database WHERE NOT datistemplate"
_ROWS = "SELECT hashtextextended(ROW({})::text, 0) FROM ONLY {} LIMIT {}"
_ESTIMATE = "EXPLAIN (FORMAT JSON) SELECT FROM ONLY {}"


def compare_rows(
    *, limit: int = 100_000, timeout: float = 30
) -> Callable[[Pairs], tuple[TableRows, ...]]:
    """Return what `plan_restore` and `plan_rollback` take as `rows`.

    It reads the tables in read-only transactions, the smallest first, and compares their rows in
    the columns that both states have. It names the columns that only one state has, and databases
    that were dropped since; it sees those through a database that is still there.

    Args:
        limit: The maximum number of rows to read of a table. Of a larger table, and of one that
            takes a quarter of the time, the plan has the planner's estimates.
        timeout: The seconds for the whole comparison. What is left then is not compared.
    """

    def compare_rows(pairs: Pairs) -> tuple[TableRows, ...]:
        ends = time.monotonic() + timeout
        dropped: set[str] = set()
        rows = [table for pair in pairs for table in _compare(*pair, limit, timeout, ends, dropped)]
        back = "it is not there now, and comes back"
        return (*rows, *(TableRows(database=name, reason=back) for name in sorted(dropped)))

    return compare_rows


class _Side:
    """One of the two states: a connection to it, and its tables with pages and columns."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.databases = {name for (name,) in connection.execute(_DATABASES)}
        self.tables = {
            (schema, table): (pages, frozenset(columns))
            for schema, table, pages, columns in connection.execute(_TABLES)
        }

    def read(
        self, name: Name, columns: frozenset[str], limit: int
    ) -> tuple[int | None, Counter[int] | None]:
        """Return the number of rows and their hashes, or an estimate and None."""
        if name not in self.tables:
            return None, Counter()
        table = sql.Identifier(*name)
        listed = sql.SQL(", ").join(map(sql.Identifier, sorted(columns)))
        rows = 0
        with suppress(psycopg.errors.QueryCanceled):
            read = self._connection.execute(sql.SQL(_ROWS).format(listed, table, limit + 1))
            hashes = Counter(found for (found,) in read)
            rows = hashes.total()
            if rows <= limit:
                return rows, hashes
        explained = self._connection.execute(sql.SQL(_ESTIMATE).format(table)).fetchone()
        return max(rows, explained[0][0]["Plan"]["Plan Rows"]), None  # type: ignore[index]


def _compare(
    now: ConnectionString,
    then: ConnectionString,
    limit: int,
    timeout: float,
    ends: float,
    dropped: set[str],
) -> Iterator[TableRows]:
    def failed(fault: Exception, schema: str = "", table: str = "") -> TableRows:
        said = then.redact(now.redact(str(fault).partition("\n")[0]))
        why = "there was no time left" if time.monotonic() >= ends else said
        return TableRows(database=now.database, schema=schema, table=table, reason=why)

    try:
        with _connect(now, timeout, ends) as present, _connect(then, timeout, ends) as past:
            sides = _Side(present), _Side(past)
            dropped |= sides[1].databases - sides[0].databases
            found = [item for side in sides for item in side.tables.items()]
            pages = {name: pages for name, (pages, _) in found}
            for name in sorted(pages, key=lambda name: (pages[name], name)):
                try:
                    yield _compare_table(now.database, name, sides, limit)
                except psycopg.Error as fault:
                    yield failed(fault, *name)
    except Exception as fault:
        yield failed(fault)


def _compare_table(database: str, name: Name, sides: tuple[_Side, _Side], limit: int) -> TableRows:
    of_each = [side.tables[name][1] for side in sides if name in side.tables]
    columns = frozenset.intersection(*of_each)
    (now, present), (then, past) = (side.read(name, columns, limit) for side in sides)
    goes = comes_back = None
    if present is not None and past is not None:
        goes, comes_back = (present - past).total(), (past - present).total()
    return TableRows(
        database=database,
        schema=name[0],
        table=name[1],
        now=now,
        then=then,
        goes=goes,
        comes_back=comes_back,
        # Those of a table of one state only go and come back with it.
        columns_lost=tuple(sorted(of_each[0] - columns)),
        columns_back=tuple(sorted(of_each[-1] - columns)),
    )


@contextmanager
def _connect(uri: ConnectionString, timeout: float, ends: float) -> Iterator[Connection]:
    """Connect until the time is over, when the connection ends whatever it does."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    # The limit of libpq is for each address of a host, and the resolver has none.
    limit = max(1, int(left))
    connection = _clock.call_within(
        left,
        lambda: psycopg.connect(str(uri), autocommit=True, connect_timeout=limit),
        lambda late: late.close(),
    )
    with (
        connection,
        # A descriptor of its own cannot become that of another connection.
        socket.socket(fileno=os.dup(connection.fileno())) as wire,
    ):
        timer = Timer(ends - time.monotonic(), _hang_up, [wire])
        timer.start()
        try:
            connection.execute(_SETTINGS.format(int(timeout * 250)))
            yield connection
        finally:
            timer.cancel()
            timer.join()


def _hang_up(wire: socket.socket) -> None:
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
