"""The base: the data directory that every server's is a copy of.

It is made once, with the founding role and databases in it, and no server ever runs on it. What
happened since is in the write-ahead log.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
import threading
from typing import TYPE_CHECKING

from neon_sandbox.points import Lsn
from neon_sandbox.storage.postgres import sql, wal
from neon_sandbox.storage.postgres.base_backup_copies import BaseBackupCopies
from neon_sandbox.storage.postgres.binaries import OsUser, PostgresBinaries
from neon_sandbox.storage.postgres.data_directory import SandboxDirectory
from neon_sandbox.storage.postgres.errors import StorageError
from neon_sandbox.storage.postgres.server import SETTINGS, SUPERUSER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    *(f"--set={name}={value}" for name, value in SETTINGS.items()),
)


class BaseBackup:
    """The base, its copies, and the programs that it was made with.

    Nothing writes to it once it is founded, so storages may share one.
    """

    def __init__(
        self, binaries: PostgresBinaries, folder: Path, *, is_shared: bool = False
    ) -> None:
        self.binaries = binaries
        self.is_shared = is_shared
        self._folder = folder
        # A file system that spreads directories does so by their names.
        self.path = folder / secrets.token_hex(6)
        self.copies = BaseBackupCopies(self.path, folder, binaries)
        self._initialized = False
        self._founded: tuple[list[str], Lsn] | None = None
        self._lock = threading.Lock()

    def initialize(self) -> None:
        """Make the cluster, which takes half a second or so, unless that was done."""
        with self._lock:
            if self._initialized:
                return
            self.binaries.run("initdb", *_INITDB, f"--pgdata={self.path}")
            # A quarter of all files, and there is nothing in them that Postgres cannot do without.
            for pattern in ("*_fsm", "*_vm"):
                for file in self.path.glob(f"**/{pattern}"):
                    file.unlink()
            self._initialized = True

    def bootstrap(self, statements: list[str]) -> Lsn:
        """Run SQL statements of one line each in it; return where its write-ahead log ends.

        Raises `StorageError` where others were run in it before.
        """
        with self._lock:
            if self._founded is None:
                self._founded = statements, self._bootstrap(statements)
            found, end = self._founded
        if found != statements:
            raise StorageError("the base has other roles and databases: use one of its own")
        return end

    def _bootstrap(self, statements: list[str]) -> Lsn:
        lines = "\n".join([*sql.NEW_CLUSTER, *statements, ""])
        self.binaries.run("postgres", "--single", "-D", str(self.path), "postgres", stdin=lines)
        self._share_templates()
        end = end_of_log(self.binaries, self.path)
        if end is None:
            raise StorageError("the first Postgres cluster could not be made")
        for file in (self.path / "pg_wal").iterdir():
            if file.is_file() and file.name < wal.file_name(1, wal.segment_of(end)):
                file.unlink()
        return end

    def _share_templates(self) -> None:
        """Put the two templates where every copy finds them, a third of all files.

        Nothing writes to them: they take no connections.
        """
        databases = self.path / "base"
        for oid in ("1", "4"):
            shared = self._folder / f"template-{oid}"
            shutil.move(databases / oid, shared)
            (databases / oid).symlink_to(shared)


@contextlib.contextmanager
def shared_base_backup(path: Path) -> Iterator[BaseBackup]:
    """Open a base for several storages, in a directory of its own that goes at the end.

    Copies go from one to another by their names, so the storages lie in the same file system.
    """
    user = OsUser()
    directory = SandboxDirectory(path, user=user, keep=False)
    try:
        binaries = PostgresBinaries(user, directory.path / "postgres")
        yield BaseBackup(binaries, directory.copies, is_shared=True)
    finally:
        directory.close()


def end_of_log(binaries: PostgresBinaries, data: Path) -> Lsn | None:
    """Return the LSN at which the log of a stopped server ends; ``None`` for one that was killed.

    That is where the record of its last checkpoint begins.
    """
    told = binaries.run("pg_controldata", "-D", str(data))
    found = re.search(r"REDO location:\s+(\S+)", told)
    state = re.search(r"cluster state:\s+(.*)", told)
    return Lsn.parse(found[1]) if found and state and state[1] == "shut down" else None
