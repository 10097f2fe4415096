"""SQL checks for `verify=`; they require the extra `checks`.

Each function returns a callable that takes a connection string, runs a query in a read-only
transaction, and raises `AssertionError` if the result is not as expected.
"""

from collections.abc import Callable
from typing import LiteralString, cast

import psycopg
from psycopg import sql
from psycopg.abc import Query

from neon_restore._http.connection_string import ConnectionString
from neon_restore._models.restores import RestorePlan

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


def same_rows(plan: RestorePlan) -> Callable[[ConnectionString], None]:
    """Return a check that each table has as many rows as the plan says that it gets.

    It fails after the restore if applications write in between, so stop them first.

    Args:
        plan: A plan that compared the rows. Tables with estimated numbers are left out.
    """

    def same_rows(uri: ConnectionString) -> None:
        counted = [
            (table, table.then)
            for table in plan.rows
            if table.database == uri.database and table.goes is not None and table.then is not None
        ]
        if not counted:
            raise AssertionError(f"the plan has counted no rows of {uri.database}")
        count = sql.SQL("(SELECT count(*) FROM (SELECT FROM ONLY {} LIMIT {}) AS read)")
        counts = [count.format(sql.Identifier(t.schema, t.table), n + 1) for t, n in counted]
        found = _value(uri, sql.SQL("SELECT ARRAY[{}]").format(sql.SQL(", ").join(counts)))
        for (table, wanted), rows in zip(counted, cast("list[int]", found), strict=True):
            if rows != wanted:
                name = table.name
                raise AssertionError(f"{name} has {rows} rows, and the plan says {wanted}")

    return same_rows


def _value(uri: ConnectionString, query: Query) -> object:
    with psycopg.connect(str(uri), connect_timeout=CONNECT_TIMEOUT) as connection:
        connection.read_only = True
        row = connection.execute(query).fetchone()
    return row[0] if row else None
