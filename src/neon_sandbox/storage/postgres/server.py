"""A Postgres server: a data directory, a process, and the storage's connection to it."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import psycopg

from neon_sandbox.points import Lsn
from neon_sandbox.storage.postgres.errors import StorageError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

    from neon_sandbox.storage.postgres.binaries import PostgresBinaries
    from neon_sandbox.storage.postgres.data_directory import SandboxDirectory

SUPERUSER = "cloud_admin"
# How long a statement of the storage waits for what a client's transaction has locked, since the
# API may wait for the statement.
LOCK_TIMEOUT = "2s"
_PATIENCE = 60.0
_STATUS_LINE = 7

# Small, because several servers run side by side; no fsync, because nothing outlives the sandbox.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "8MB",
    "max_connections": "40",
    "max_worker_processes": "4",
    "max_logical_replication_workers": "0",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "io_method": "sync",
    # In files of the data directory, which are removed with it.
    "dynamic_shared_memory_type": "mmap",
    "fsync": "off",
    # Safe, because a base backup is copied only while no server writes to it.
    "full_page_writes": "off",
    "wal_level": "replica",
    # WAL files are shared by hard links, so none may be written a second time or removed.
    "wal_recycle": "off",
    "wal_init_zero": "off",
    "wal_keep_size": "1000GB",
    "max_wal_size": "1000GB",
    "checkpoint_timeout": "1d",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # A statement that fails may have a password in it.
    "log_min_error_statement": "panic",
}


class Server:
    """A Postgres server, reached through a private socket; the socket's name has its ``number``."""

    def __init__(
        self,
        binaries: PostgresBinaries,
        directory: SandboxDirectory,
        number: int,
        environment: Mapping[str, str],
    ) -> None:
        self.number = number
        self.data = directory.servers / str(number)
        self.wal = self.data / "pg_wal"
        self.sockets = directory.sockets
        self._binaries = binaries
        self._environment = environment
        self._log = directory.logs / f"{number}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._admin: psycopg.Connection[tuple[Any, ...]] | None = None
        self._lock = threading.RLock()

    @property
    def socket(self) -> str:
        """The path of the socket that the server listens on."""
        return f"{self.sockets}/.s.PGSQL.{self.number}"

    # The process

    @property
    def is_alive(self) -> bool:
        """Whether the server's process runs; ``False`` after it was killed."""
        return self._process is not None and self._process.poll() is None

    def start(self, **settings: str) -> None:
        """Start the server and wait until it accepts connections."""
        options = ["-D", str(self.data), "-k", str(self.sockets), "-p", str(self.number)]
        options += [part for pair in settings.items() for part in ("-c", "=".join(pair))]
        # A connection from before a restart is broken.
        self._drop_admin()
        self._log.touch(0o600)
        with self._log.open("ab") as log:
            self._process = self._binaries.start(
                "postgres", *options, log=log, extra=self._environment
            )
        deadline = time.monotonic() + _PATIENCE
        while not self._is_ready():
            self._require_alive(deadline)
            time.sleep(0.002)

    def start_at_target(self, **settings: str) -> None:
        """Start the server read-only, and wait until it has replayed the WAL up to its target."""
        self.start(**settings, recovery_target_action="pause", hot_standby="on")
        deadline = time.monotonic() + _PATIENCE
        while self.query("SELECT pg_get_wal_replay_pause_state()") != [("paused",)]:
            self._require_alive(deadline)
            time.sleep(0.002)
        self._drop_admin()

    def ask_to_stop(self) -> None:
        """Begin a fast shutdown, which disconnects every client with a message."""
        self._drop_admin()
        if self._process:
            self._process.send_signal(signal.SIGINT)

    def stop(self) -> None:
        """Shut down cleanly, and wait until the process has ended."""
        self.ask_to_stop()
        if self._process:
            self._process.wait()

    def end(self) -> None:
        """Shut down immediately, which may leave the data in any state."""
        self._drop_admin()
        if self._process and self.is_alive:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()

    def _is_ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        # A server that was killed leaves its file behind, which still says "ready".
        own = self._process is not None and lines[:1] == [str(self._process.pid)]
        return own and lines[_STATUS_LINE:] != [] and lines[_STATUS_LINE].strip() == "ready"

    def _require_alive(self, deadline: float) -> None:
        ended = not self.is_alive
        if ended or time.monotonic() > deadline:
            what = "ended" if ended else f"was not ready after {_PATIENCE:g} s"
            said = self._log.read_text(errors="replace").strip()[-1000:]
            raise StorageError(f"a Postgres server {what}: {said}")

    # SQL

    def connection(
        self, database: str, role: str = SUPERUSER
    ) -> contextlib.closing[psycopg.Connection[tuple[Any, ...]]]:
        """Open a connection and close it at the end, which rolls back uncommitted changes."""
        return contextlib.closing(self._connect(database, role))

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement in the database ``postgres`` as superuser and return its rows."""
        with self._lock:
            try:
                if self._admin is None or self._admin.closed:
                    self._admin = self._connect("postgres", SUPERUSER)
                    self._admin.autocommit = True
                cursor = self._admin.execute(sql.encode(), values or None)
                return cursor.fetchall() if cursor.description else []
            except psycopg.errors.LockNotAvailable:
                raise
            except psycopg.OperationalError as error:
                raise StorageError(f"a Postgres server does not answer: {error}") from error

    def insert_lsn(self) -> Lsn:
        """Return the LSN of the next WAL record; everything before it is in the files."""
        ((insert, flushed),) = self.query(
            "SELECT pg_current_wal_insert_lsn()::text, pg_current_wal_flush_lsn()::text"
        )
        if Lsn.parse(flushed) < Lsn.parse(insert):
            self.emit_wal_record()
        return Lsn.parse(insert)

    def emit_wal_record(self) -> None:
        """Write an empty WAL record: a recovery stops before the first record past its target."""
        self.query("SELECT pg_logical_emit_message(false, 'neon_sandbox', '', true)")

    def databases(self) -> list[str]:
        """Return the names of the databases that accept connections."""
        rows = self.query("SELECT datname FROM pg_database WHERE datallowconn ORDER BY oid")
        return [name for (name,) in rows]

    def _connect(self, database: str, role: str) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(
            host=str(self.sockets),
            port=self.number,
            dbname=database,
            user=role,
            application_name="neon_sandbox",
            connect_timeout=10,
            # Set here, so that no PG* variable of the caller's environment applies.
            hostaddr="",
            # A superuser finds only what is Postgres' own, whatever a client has put into a path.
            options=f"-c lock_timeout={LOCK_TIMEOUT}"
            + (" -c search_path=pg_catalog" if role == SUPERUSER else ""),
            sslmode="disable",
            channel_binding="disable",
            target_session_attrs="any",
        )

    def _drop_admin(self) -> None:
        with self._lock:
            if self._admin:
                self._admin.close()
                self._admin = None
