"""The clock of a storage's servers: Postgres reads the sandbox's time in place of the machine's."""

import contextlib
import mmap
import platform
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from neon_sandbox.clock import Clock
from neon_sandbox.storage.postgres.binaries import PostgresBinaries
from neon_sandbox.storage.postgres.errors import StorageError
from neon_sandbox.storage.postgres.server import Server

LIBRARIES = Path(__file__).with_name("clock_library")
_PRELOAD = {"linux": "LD_PRELOAD", "darwin": "DYLD_INSERT_LIBRARIES"}


class ServerClock:
    """A sandbox's clock, for its servers: they read it through the library in `clock_library`.

    Where Postgres does not take the library, `agrees` is false: SQL shows the machine's time, and
    the times of commits are mapped to the clock.
    """

    def __init__(self, clock: Clock, directory: Path, binaries: PostgresBinaries) -> None:
        self.environment: dict[str, str] = {}
        self.agrees = True
        self._clock = clock
        self._shown: memoryview[int]
        library = LIBRARIES / f"{sys.platform}-{platform.machine()}"
        shown = directory / "clock"
        if self._show_in(shown) and library.exists():
            # Copied, because the user that Postgres runs as may not read this package.
            copy = shutil.copyfile(library, directory / "clock-library")
            for path in (shown, copy):
                path.chmod(0o600)
                binaries.user.chown(path)
            preloading = self.environment | {_PRELOAD[sys.platform]: str(copy)}
            with contextlib.suppress(StorageError):
                binaries.run("postgres", "--version", extra=preloading)
                self.environment = preloading

    def now(self) -> datetime:
        """Return the current instant."""
        return self._clock.now()

    def commit_time(self, written: datetime) -> datetime:
        """Return when a commit was made, of which the WAL says ``written``."""
        return written if self.agrees else self._clock.at_machine_time(written)

    def check(self, server: Server) -> None:
        """Find out whether a server that was started with `environment` shows this clock."""
        ((shown,),) = server.query("SELECT clock_timestamp()")
        self.agrees = abs(shown - self.now()) <= abs(shown - datetime.now(UTC))

    def close(self) -> None:
        """Show the clock no longer."""
        self._clock.unsubscribe(self._show)

    def _show_in(self, path: Path) -> bool:
        """Show the clock in a file, and return whether it differs from the machine's.

        The file holds whether the clock runs, and the microseconds to add to the machine's time.
        """
        path.write_bytes(bytes(16))
        with path.open("r+b") as file:
            self._shown = memoryview(mmap.mmap(file.fileno(), 16)).cast("q")
        self._clock.subscribe(self._show)
        self.environment["NEON_SANDBOX_CLOCK"] = str(path)
        return self._shown.tolist() != [1, 0]

    def _show(self, runs: bool, ahead: timedelta) -> None:
        self._shown[0], self._shown[1] = runs, ahead // timedelta(microseconds=1)
