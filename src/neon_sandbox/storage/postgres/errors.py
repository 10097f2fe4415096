"""What goes wrong with the storage itself, said so that somebody can act on it."""

from __future__ import annotations


class StorageError(Exception):
    """The storage cannot work: what happened, and what to do about it."""
