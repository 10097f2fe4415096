"""A data directory made equal to the base again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neon_sandbox.storage.postgres.programs import User


def refresh(base: Path, data: Path, user: User) -> None:
    """Make a data directory that began as a copy of the base a copy again.

    A file is left alone that has the size of the base's and its time, to the nanosecond.
    """
    for folder, subfolders, files in os.walk(base):
        target = data / Path(folder).relative_to(base)
        # Files of the write-ahead log have other names elsewhere: none may be written to.
        shared = target == data / "pg_wal"
        _remove_others(target, set() if shared else {*subfolders, *files})
        for name in subfolders:
            if not (target / name).is_dir():
                (target / name).mkdir(mode=0o700)
                user.own(target / name)
        for name in files:
            _refresh_file(Path(folder, name), target / name, user)


def _remove_others(folder: Path, wanted: set[str]) -> None:
    for entry in list(os.scandir(folder)):
        if entry.name in wanted:
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry)
        else:
            Path(entry).unlink()


def _refresh_file(source: Path, target: Path, user: User) -> None:
    wanted = source.stat()
    try:
        found = target.stat()
    except FileNotFoundError:
        found = None
    if found and (found.st_mtime_ns, found.st_size) == (wanted.st_mtime_ns, wanted.st_size):
        return
    shutil.copyfile(source, target)
    shutil.copystat(source, target)
    if found is None:
        user.own(target)
