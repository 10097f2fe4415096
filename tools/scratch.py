"""Temporary directories that programs of other users can reach."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

until_the_end = contextlib.ExitStack()
"""Closed when pytest ends, in reverse order of entry."""


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Open a temporary directory; servers that root starts as another user can reach it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)
