"""The base backup: the data directory that every server starts with a copy of.

It is created once, with the project's first role and databases in it, and no server ever runs on
it. All later changes are in the WAL.
"""

import contextlib
import re
import secrets
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

from neon_sandbox.points import Lsn
from neon_sandbox.storage.postgres import sql, wal
from neon_sandbox.storage.postgres.base_backup_copies import BaseBackupCopies
from neon_sandbox.storage.postgres.binaries import OsUser, PostgresBinaries
from neon_sandbox.storage.postgres.data_directory import SandboxDirectory
from neon_sandbox.storage.postgres.errors import StorageError
from neon_sandbox.storage.postgres.server import SETTINGS, SUPERUSER

_INITDB = (
    "--no-sync",
    "--no-instructions",
    "--no-data-checksums",
    "--auth=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    f"--username={SUPERUSER}",
    f"--wal-segsize={wal.SEGMENT // 2**20}",
    *(f"--set={name}={value}" for name, value in SETTINGS.items()),
)


class BaseBackup:
    """A base backup, its copies, and the programs that it was made with.

    Nothing writes to it after `bootstrap`, so several storages may share one.
    """

    def __init__(
        self, binaries: PostgresBinaries, folder: Path, *, is_shared: bool = False
    ) -> None:
        self.binaries = binaries
        self.is_shared = is_shared
        self._folder = folder
        # The name is random: a file system that spreads directories does so by their names.
        self.path = folder / secrets.token_hex(6)
        self.copies = BaseBackupCopies(self.path, folder, binaries)
        self._initialized = False
        self._created: tuple[list[str], Lsn] | None = None
        self._lock = threading.Lock()

    def initialize(self) -> None:
        """Create the cluster unless it exists; this takes about half a second."""
        with self._lock:
            if self._initialized:
                return
            self.binaries.run("initdb", *_INITDB, f"--pgdata={self.path}")
            # This process alone may connect, as any role: the kernel tells whose process it is.
            (self.path / "pg_hba.conf").write_text("local all all peer map=sandbox\n")
            own = self.binaries.user.name.replace('"', '""')
            (self.path / "pg_ident.conf").write_text(f'sandbox "{own}" all\n')
            # These are a quarter of all files, and Postgres works without them.
            for file in (*self.path.rglob("*_fsm"), *self.path.rglob("*_vm")):
                file.unlink()
            self._initialized = True

    def bootstrap(self, statements: list[str]) -> Lsn:
        """Run SQL statements of one line each in the cluster, once; return where its WAL ends."""
        with self._lock:
            if self._created is None:
                self._created = statements, self._bootstrap(statements)
            found, end = self._created
        if found != statements:
            raise StorageError(
                "the base backup has other roles and databases: use another directory for this one"
            )
        return end

    def _bootstrap(self, statements: list[str]) -> Lsn:
        lines = "\n".join([*sql.NEW_CLUSTER, *statements, ""])
        self.binaries.run("postgres", "--single", "-D", str(self.path), "postgres", stdin=lines)
        self._share_templates()
        end = end_of_log(self.binaries, self.path)
        if end is None:
            raise StorageError("the first Postgres cluster could not be created")
        for file in (self.path / "pg_wal").iterdir():
            if file.is_file() and file.name < wal.file_name(1, wal.segment_of(end)):
                file.unlink()
        return end

    def _share_templates(self) -> None:
        """Share among all copies the templates, a third of all files: nothing connects to them."""
        databases = self.path / "base"
        for oid in ("1", "4"):
            shared = self._folder / f"template-{oid}"
            shutil.move(databases / oid, shared)
            (databases / oid).symlink_to(shared)


@contextlib.contextmanager
def shared_base_backup(path: Path) -> Iterator[BaseBackup]:
    """Open a base backup for several storages, in a directory that is removed at the end.

    Copies are moved between them by renaming, so all must be on the same file system.
    """
    user = OsUser()
    directory = SandboxDirectory(path, user=user, keep=False)
    try:
        binaries = PostgresBinaries(user, directory.path / "postgres")
        yield BaseBackup(binaries, directory.copies, is_shared=True)
    finally:
        directory.close()


def end_of_log(binaries: PostgresBinaries, data: Path) -> Lsn | None:
    """Return where a stopped server's WAL ends, at its last checkpoint; ``None`` if killed."""
    output = binaries.run("pg_controldata", "-D", str(data))
    found = re.search(r"REDO location:\s+(\S+)", output)
    state = re.search(r"cluster state:\s+(.*)", output)
    return Lsn.parse(found[1]) if found and state and state[1] == "shut down" else None
