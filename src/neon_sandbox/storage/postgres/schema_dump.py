"""Dumps a database's schema as SQL text."""

import re

from psycopg.conninfo import make_conninfo

from neon_sandbox.storage.postgres.binaries import PostgresBinaries
from neon_sandbox.storage.postgres.server import SUPERUSER, Server

# Lines in which pg_dump describes itself, or which have a random key in each dump.
_NOISE = ("\\restrict", "\\unrestrict", "-- Dumped from", "-- Dumped by")


def dump(binaries: PostgresBinaries, server: Server, database: str) -> str:
    """Return pg_dump's output for a database's schema, without the lines about pg_dump itself."""
    target = make_conninfo(
        host=str(server.sockets), port=server.number, user=SUPERUSER, dbname=database
    )
    text = binaries.run_client("pg_dump", "--schema-only", f"--dbname={target}")
    lines = [line for line in text.splitlines() if not line.startswith(_NOISE)]
    # With only one of several empty lines in a row.
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
