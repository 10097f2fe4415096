"""Dumps a database's schema as SQL text."""

import re

from psycopg.conninfo import make_conninfo

from neon_sandbox.storage.postgres.binaries import PostgresBinaries
from neon_sandbox.storage.postgres.errors import StorageError
from neon_sandbox.storage.postgres.server import LOCK_TIMEOUT, SUPERUSER, Server
from neon_sandbox.storage.protocol import Locked

# Lines in which pg_dump describes itself, or which have a random key in each dump.
_NOISE = ("\\restrict", "\\unrestrict", "-- Dumped from", "-- Dumped by")


def dump(binaries: PostgresBinaries, server: Server, database: str) -> str:
    """Return pg_dump's output for a database's schema, without the lines about pg_dump itself.

    Raises `Locked` while a client's transaction holds a lock that excludes readers.
    """
    target = make_conninfo(
        host=str(server.sockets), port=server.number, user=SUPERUSER, dbname=database
    )
    options = ("--schema-only", f"--lock-wait-timeout={LOCK_TIMEOUT}", f"--dbname={target}")
    try:
        text = binaries.run_client("pg_dump", *options)
    except StorageError as error:
        # pg_dump has a timeout for its LOCK TABLE only.
        if "canceling statement due to statement timeout" in str(error):
            raise Locked from error
        raise
    lines = [line for line in text.splitlines() if not line.startswith(_NOISE)]
    # With only one of several empty lines in a row.
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
