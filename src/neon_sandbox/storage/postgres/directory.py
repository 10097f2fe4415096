"""The one directory that a storage lives in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def clean_up(directory: Path) -> bool:
    """Stop and remove what a storage that died left in a directory; return whether it did.

    Nothing alive is touched: raises `StorageError` while the storage's owner lives, and for a
    directory that no storage made.
    """
    raise NotImplementedError
