"""The row counts in pictures are those that Postgres counts."""

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from neon_sandbox.scenario import incident
from neon_sandbox.storage import MemoryStorage
from tests.sandbox.postgres.harness import Harness
from tools.pictures.row_counts import parse_change, rows_after


@pytest.mark.parametrize("database", ["shop", "analytics"])
def test_postgres_counts_the_same(shared_sandbox: Harness, database: str) -> None:
    """Each commit runs again, in a separate schema, and leaves as many rows."""
    storage = MemoryStorage()
    commits = storage.commits(incident(storage=storage).branch("production").id)
    done = [commit for commit in commits if commit.database == database and parse_change(commit)]
    with psycopg.connect(shared_sandbox.uri("production", database)) as connection:
        connection.execute("CREATE SCHEMA again; SET search_path = again")
        for count, commit in enumerate(done, 1):
            connection.execute(commit.sql.encode())
            for table, rows in rows_after(done[:count], database).items():
                query = SQL("SELECT count(*) FROM {}").format(Identifier(table))
                counted = connection.execute(query).fetchone()
                assert counted == (rows,), (table, commit.sql)
        connection.rollback()
