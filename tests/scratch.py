"""Puts the temporary files of tests in memory if there is room."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tools.scratch import scratch, until_the_end

BYTES_NEEDED = 4 * 2**30
MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of an unguessable name is made in it


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Put temporary files in memory, if there is room, for this process and its children."""
    # A sandbox has some thousand files: on disk they take as long as everything else together.
    if (
        "PYTEST_XDIST_WORKER" not in os.environ
        and os.access(MEMORY, os.W_OK)
        and shutil.disk_usage(MEMORY).free > BYTES_NEEDED
        and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    ):
        tempfile.tempdir = str(MEMORY)
        tempfile.tempdir = str(until_the_end.enter_context(scratch()))
        os.environ["TMPDIR"] = tempfile.tempdir


def pytest_unconfigure() -> None:
    """Close what was opened for the whole run, such as temporary directories."""
    until_the_end.close()
