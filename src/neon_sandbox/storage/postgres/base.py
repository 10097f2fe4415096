"""The base: the data directory that every server's is a copy of.

It is made once, with the founding role and databases in it, and no server ever runs on it. What
happened since is in the write-ahead log.
"""

from __future__ import annotations

import re
import secrets
import shutil
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from neon_sandbox.points import Lsn
from neon_sandbox.storage.postgres import copies, sql, wal
from neon_sandbox.storage.postgres.errors import StorageError
from neon_sandbox.storage.postgres.server import SETTINGS, SUPERUSER

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from neon_sandbox.storage.postgres.directory import Directory
    from neon_sandbox.storage.postgres.programs import Programs

_INITDB = (
    "--no-sync",
    "--no-instructions",
    "--no-data-checksums",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    f"--username={SUPERUSER}",
    f"--wal-segsize={wal.SEGMENT // 2**20}",
)

_MOST_SPARES = 3


class Base:
    """The base and its copies, some of which are at hand before they are needed.

    A copy takes longer than all else that a restore does, since it is many small files. So one is
    made ahead, and the data directory of a server that has gone becomes a copy again: most of its
    files were never written to.
    """

    def __init__(self, programs: Programs, directory: Directory) -> None:
        self._programs = programs
        self._directory = directory
        self._path = self._new_path()
        self._spares: list[Future[Path]] = []
        self._lock = threading.Lock()

    def initialize(self) -> None:
        """Make the cluster, which takes half a second or so."""
        settings = SETTINGS | {"unix_socket_directories": str(self._directory.sockets)}
        options = [f"--set={name}={value}" for name, value in settings.items()]
        self._programs.run("initdb", *_INITDB, *options, f"--pgdata={self._path}")
        # A quarter of all files, and there is nothing in them that Postgres cannot do without.
        for pattern in ("*_fsm", "*_vm"):
            for file in self._path.glob(f"**/{pattern}"):
                file.unlink()

    def found(self, statements: Iterable[str]) -> Lsn:
        """Run SQL statements of one line each in it; return where its write-ahead log ends."""
        lines = "\n".join([*sql.NEW_CLUSTER, *statements, ""])
        self._programs.run("postgres", "--single", "-D", str(self._path), "postgres", stdin=lines)
        self._share_templates()
        end = end_of_log(self._programs, self._path)
        if end is None:
            raise StorageError("the first Postgres cluster could not be made")
        for file in (self._path / "pg_wal").iterdir():
            if file.is_file() and file.name < wal.file_name(1, wal.segment_of(end)):
                file.unlink()
        return end

    def copy_to(self, data: Path) -> None:
        """Make a copy, or take a spare one, for which it may have to wait."""
        with self._lock:
            spare = self._spares.pop() if self._spares else None
        try:
            if spare:
                spare.result().rename(data)
                return
        except StorageError:
            # Whatever kept the spare from being made is said again, if it is still there.
            pass
        path = self._new_path()
        self._copy(path)
        path.rename(data)

    def make_spare(self) -> None:
        """Make the next copy ahead of its need."""
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

    def recycle(self, data: Path) -> None:
        """Make a data directory that nobody needs a copy again, or remove it."""
        if len(self._spares) >= _MOST_SPARES:
            shutil.rmtree(data)
            return
        path = self._new_path()
        data.rename(path)
        copies.refresh(self._path, path, self._programs.user)
        spare: Future[Path] = Future()
        spare.set_result(path)
        with self._lock:
            self._spares.append(spare)

    def _new_path(self) -> Path:
        # A file system that spreads directories does so by their names.
        return self._directory.copies / secrets.token_hex(6)

    def _copy(self, path: Path) -> None:
        # With its times, by which files are found that were not written to.
        self._programs.run_any(["cp", "-RPp", str(self._path), str(path)])

    def _share_templates(self) -> None:
        """Put the two templates where every copy finds them, a third of all files.

        Nothing writes to them: they take no connections.
        """
        databases = self._path / "base"
        for oid in ("1", "4"):
            shared = self._directory.copies / f"template-{oid}"
            shutil.move(databases / oid, shared)
            (databases / oid).symlink_to(f"../../../{self._directory.copies.name}/{shared.name}")


def end_of_log(programs: Programs, data: Path) -> Lsn | None:
    """Return the LSN at which the log of a stopped server ends; ``None`` for one that was killed.

    That is where the record of its last checkpoint begins.
    """
    told = programs.run("pg_controldata", "-D", str(data))
    found = re.search(r"REDO location:\s+(\S+)", told)
    state = re.search(r"cluster state:\s+(.*)", told)
    return Lsn.parse(found[1]) if found and state and state[1] == "shut down" else None
