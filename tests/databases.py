"""Where the databases of incidents lie, and the first cluster that those of one process share."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_sandbox.storage.postgres import Base

BYTES_NEEDED = 2 * 2**30

_until_the_end = contextlib.ExitStack()


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Open a directory for databases: in memory where there is enough of it, else on disk.

    An incident is some thousand files, which takes a disk as long as everything else together.
    """
    memory = Path("/dev/shm")  # noqa: S108 - a directory of an unguessable name is made in it
    has_room = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > BYTES_NEEDED
    with tempfile.TemporaryDirectory(dir=memory if has_room else None) as folder:
        # Servers of root's run as somebody else.
        Path(folder).chmod(0o711)
        yield Path(folder)


@functools.cache
def base() -> Base:
    """Return the base of every incident in this process: making one is half of an incident."""
    # Where it is not installed, everything else can be proved all the same.
    from neon_sandbox.storage.postgres import shared_base

    folder = _until_the_end.enter_context(scratch())
    return _until_the_end.enter_context(shared_base(folder / "base"))


def pytest_unconfigure() -> None:
    """Remove it."""
    _until_the_end.close()
