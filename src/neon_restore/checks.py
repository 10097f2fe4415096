"""SQL checks for `verify=`; they require the extra `checks`.

Each function returns a callable that takes a connection string, runs a query in a read-only
transaction, and raises `AssertionError` if the result is not as expected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import LiteralString

    from psycopg.abc import Query

    from neon_restore._http.connection_string import ConnectionString

CONNECT_TIMEOUT = 30
"""Connection timeout in seconds; a Time Travel connection first starts a compute."""


def has_rows(table: str, *, at_least: int = 1) -> Callable[[ConnectionString], None]:
    """Return a check that a table has a minimum number of rows.

    Args:
        table: The name of the table; `schema.table` for a schema other than `public`.
        at_least: The minimum number of rows.

    """

    def has_rows(uri: ConnectionString) -> None:
        name = sql.Identifier(*table.split("."))
        # LIMIT reads no more rows than `at_least`.
        query = sql.SQL("SELECT count(*) FROM (SELECT FROM {} LIMIT {}) AS read")
        found = _value(uri, query.format(name, at_least))
        if found != at_least:
            raise AssertionError(f"{table} has {found} rows, fewer than {at_least}")

    return has_rows


def query(text: LiteralString, expected: object = True) -> Callable[[ConnectionString], None]:
    """Return a check that a query returns the expected value.

    Args:
        text: A query for one row with one column, such as `SELECT count(*) > 0 FROM orders`.
        expected: The expected value, `True` by default.

    """

    def query(uri: ConnectionString) -> None:
        found = _value(uri, text)
        if found != expected:
            raise AssertionError(f"{text!r} gives {found!r} and not {expected!r}")

    return query


def _value(uri: ConnectionString, query: Query) -> object:
    with psycopg.connect(str(uri), connect_timeout=CONNECT_TIMEOUT) as connection:
        connection.read_only = True
        row = connection.execute(query).fetchone()
    return row[0] if row else None
