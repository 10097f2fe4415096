"""Temporary directories that programs of other users can reach."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

until_the_end = contextlib.ExitStack()
"""Closed when pytest ends, in reverse order of entry."""


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Open a temporary directory; servers that root starts as another user can reach it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)
