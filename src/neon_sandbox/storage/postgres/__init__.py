"""Storage with rows: every branch is a timeline of a real Postgres."""

from neon_sandbox.storage.postgres.base_backup import BaseBackup, shared_base_backup
from neon_sandbox.storage.postgres.data_directory import clean_up
from neon_sandbox.storage.postgres.errors import StorageError
from neon_sandbox.storage.postgres.storage import PostgresStorage

__all__ = ["BaseBackup", "PostgresStorage", "StorageError", "clean_up", "shared_base_backup"]
