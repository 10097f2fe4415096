"""Dumps a database's schema as SQL text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.conninfo import make_conninfo

from neon_sandbox.storage.postgres.server import SUPERUSER

if TYPE_CHECKING:
    from neon_sandbox.storage.postgres.binaries import PostgresBinaries
    from neon_sandbox.storage.postgres.server import Server

# Lines in which pg_dump describes itself, or which have a random key in each dump.
_NOISE = ("\\restrict", "\\unrestrict", "-- Dumped from", "-- Dumped by")


def dump(binaries: PostgresBinaries, server: Server, database: str) -> str:
    """Return pg_dump's output for a database's schema, without the lines about pg_dump itself."""
    target = make_conninfo(
        host=str(server.sockets), port=server.number, user=SUPERUSER, dbname=database
    )
    text = binaries.run("pg_dump", "--schema-only", f"--dbname={target}")
    lines = [line for line in text.splitlines() if not line.startswith(_NOISE)]
    return "\n".join(_without_gaps(lines)).strip() + "\n"


def _without_gaps(lines: list[str]) -> list[str]:
    """Return the lines, with only one of several empty lines in a row."""
    return [line for before, line in zip(["", *lines], lines, strict=False) if before or line]
