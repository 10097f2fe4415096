"""Where temporary files lie while tests run, in memory where there is room."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

BYTES_NEEDED = 4 * 2**30
MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of an unguessable name is made in it
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ

until_the_end = contextlib.ExitStack()
"""Closed when pytest ends, the last to enter first."""


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Open a temporary directory that servers of root's, which run as somebody else, can reach."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Have temporary files in memory, where there is room, in this process and in all it starts.

    A sandbox is some thousand files: on disk they take as long as everything else together.
    """
    if not IS_WORKER and _has_room():
        tempfile.tempdir = str(MEMORY)
        tempfile.tempdir = str(until_the_end.enter_context(scratch()))
        os.environ["TMPDIR"] = tempfile.tempdir


def _has_room() -> bool:
    if not os.access(MEMORY, os.W_OK):
        return False
    is_free = shutil.disk_usage(MEMORY).free > BYTES_NEEDED
    return is_free and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC


def pytest_unconfigure() -> None:
    """Remove what was opened until the end."""
    until_the_end.close()
