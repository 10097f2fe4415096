"""Where temporary files lie, and the first cluster that the incidents of one process share."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_sandbox.storage.postgres import Base

BYTES_NEEDED = 4 * 2**30
MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of an unguessable name is made in it
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ

_until_the_end = contextlib.ExitStack()


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Open a temporary directory that servers of root's, which run as somebody else, can reach."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@functools.cache
def base() -> Base:
    """Return the base of every incident in this process: making one is half of an incident."""
    # Where it is not installed, everything else can be proved all the same.
    from neon_sandbox.storage.postgres import shared_base

    folder = _until_the_end.enter_context(scratch())
    return _until_the_end.enter_context(shared_base(folder / "base"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Have temporary files in memory, where there is room, in this process and in all it starts.

    A sandbox is some thousand files: on disk they take as long as everything else together.
    """
    if not IS_WORKER and _has_room():
        tempfile.tempdir = str(MEMORY)
        tempfile.tempdir = str(_until_the_end.enter_context(scratch()))
        os.environ["TMPDIR"] = tempfile.tempdir


def _has_room() -> bool:
    if not os.access(MEMORY, os.W_OK):
        return False
    is_free = shutil.disk_usage(MEMORY).free > BYTES_NEEDED
    return is_free and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC


def pytest_unconfigure() -> None:
    """Remove what lies there."""
    _until_the_end.close()
