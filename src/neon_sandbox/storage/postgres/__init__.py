"""Branches with rows: every branch is a timeline of a real Postgres."""

from neon_sandbox.storage.postgres.base import Base, shared_base
from neon_sandbox.storage.postgres.directory import clean_up
from neon_sandbox.storage.postgres.errors import StorageError
from neon_sandbox.storage.postgres.storage import PostgresStorage

__all__ = ["Base", "PostgresStorage", "StorageError", "clean_up", "shared_base"]
