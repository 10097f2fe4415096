"""The error of the storage itself."""

from __future__ import annotations


class StorageError(Exception):
    """A failure of the storage. The message says what happened, and what to do about it."""
