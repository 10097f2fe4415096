"""Checks for `verify=`, written in SQL; they need the extra `checks`.

Each returns a callable that takes a connection string, reads, and raises `AssertionError` when
it does not find what it should.
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
"""Seconds that a connection may take: a look into the past starts a compute first."""


def has_rows(table: str, *, at_least: int = 1) -> Callable[[ConnectionString], None]:
    """A check that a table has so many rows, at least.

    Args:
        table: Its name; one in another schema than `public` as `schema.table`.
        at_least: How many rows.

    """

    def has_rows(uri: ConnectionString) -> None:
        name = sql.Identifier(*table.split("."))
        # No more rows are read than are asked for.
        query = sql.SQL("SELECT count(*) FROM (SELECT FROM {} LIMIT {}) AS read")
        found = _value(uri, query.format(name, at_least))
        if found != at_least:
            raise AssertionError(f"{table} has {found} rows, fewer than {at_least}")

    return has_rows


def query(text: LiteralString, expected: object = True) -> Callable[[ConnectionString], None]:
    """A check that a query answers one value.

    Args:
        text: The query, with one row of one column, such as `SELECT count(*) > 0 FROM orders`.
        expected: What it answers, `True` unless you say otherwise.

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
