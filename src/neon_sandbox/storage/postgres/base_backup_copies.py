"""Copies of the base backup, some of them made in advance."""

import contextlib
import os
import secrets
import shutil
import threading
from concurrent.futures import Future
from pathlib import Path

from neon_sandbox.storage.postgres.binaries import OsUser, PostgresBinaries
from neon_sandbox.storage.postgres.errors import StorageError

_MOST_SPARES = 3


class BaseBackupCopies:
    """Copies of the base backup, for the storages that use it.

    A copy takes longer than the rest of a restore, because it is many small files. So one is made
    in advance, and the data directory of a server that has ended becomes a copy again: most of its
    files were never written to.
    """

    def __init__(self, base: Path, folder: Path, binaries: PostgresBinaries) -> None:
        self._base = base
        self._binaries = binaries
        self._folder = folder
        self._spares: list[Future[Path]] = []
        self._lock = threading.Lock()

    def copy_to(self, data: Path) -> None:
        """Make a copy at ``data``, or move a spare one there; this may wait for the spare one."""
        with self._lock:
            spare = self._spares.pop() if self._spares else None
        # If the cause of an error persists, the copy below raises it again.
        with contextlib.suppress(StorageError):
            if spare:
                spare.result().rename(data)
                return
        path = self._new_path()
        self._copy(path)
        path.rename(data)

    def make_warm_copy(self) -> None:
        """Make a copy in advance, unless there is a spare one."""
        with self._lock:
            if self._spares:
                return
            spare: Future[Path] = Future()
            self._spares.append(spare)
        path = self._new_path()
        try:
            self._copy(path)
        except StorageError as error:
            spare.set_exception(error)
        else:
            spare.set_result(path)

    def reuse(self, data: Path) -> None:
        """Reset an unused data directory to a copy, or remove it if there are enough spare ones."""
        if len(self._spares) >= _MOST_SPARES:
            shutil.rmtree(data)
            return
        path = self._new_path()
        data.rename(path)
        reset_copy(self._base, path, self._binaries.user)
        spare: Future[Path] = Future()
        spare.set_result(path)
        with self._lock:
            self._spares.append(spare)

    def _new_path(self) -> Path:
        # The name is random: a file system that spreads directories does so by their names.
        return self._folder / secrets.token_hex(6)

    def _copy(self, path: Path) -> None:
        # The copy keeps the modification times, by which `reset_copy` finds unchanged files.
        self._binaries.run_any(["cp", "-RPp", str(self._base), str(path)])


def reset_copy(base: Path, data: Path, user: OsUser) -> None:
    """Reset a used copy. Files with the original's size and modification time, in ns, are kept."""
    for folder, subfolders, files in os.walk(base):
        target = data / Path(folder).relative_to(base)
        # WAL files may be hard-linked elsewhere, so none may be written to.
        shared = target == data / "pg_wal"
        _remove_others(target, set() if shared else {*subfolders, *files})
        for name in subfolders:
            if not (target / name).is_dir():
                (target / name).mkdir(mode=0o700)
                user.chown(target / name)
        for name in files:
            _reset_file(Path(folder, name), target / name, user)


def _remove_others(folder: Path, wanted: set[str]) -> None:
    for entry in list(os.scandir(folder)):
        if entry.name in wanted:
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry)
        else:
            Path(entry).unlink()


def _reset_file(source: Path, target: Path, user: OsUser) -> None:
    wanted = source.stat()
    found = target.stat() if target.exists() else None
    if found and (found.st_mtime_ns, found.st_size) == (wanted.st_mtime_ns, wanted.st_size):
        return
    shutil.copy2(source, target)
    if found is None:
        user.chown(target)
