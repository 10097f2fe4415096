"""Ends the servers below a directory: the last resort when the storage's process cannot do it.

Run as a program, it waits for its standard input to close, which happens when the storage's
process dies for any reason. It then ends every server and removes the directory. It uses only the
standard library, so that it starts at once and stays small.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

LOCK, SERVERS, SOCKETS = "sandbox.lock", "servers", "sockets"


def servers(directory: Path) -> Iterator[int]:
    """Yield the process id of every Postgres server on a data directory below this one."""
    for data in (directory / SERVERS).glob("*"):
        try:
            pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            continue
        # Another process may have the id of a dead server by now.
        if str(data) in _command(pid):
            yield pid


def end_servers(directory: Path, *, timeout: float = 10.0, quiet: float = 0.3) -> None:
    """End every server with an immediate shutdown; wait until the last is gone.

    Both times are in seconds. A server that is starting may not have written its process id yet,
    so the search goes on until no server was seen for as long as ``quiet``.
    """
    deadline = time.monotonic() + timeout
    last_seen = time.monotonic()
    while True:
        for pid in servers(directory):
            last_seen = time.monotonic()
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
        if time.monotonic() >= min(deadline, last_seen + quiet):
            return
        time.sleep(0.02)


def empty(directory: Path) -> None:
    """Remove everything in the directory except the lock; also a socket directory elsewhere."""
    sockets = directory / SOCKETS
    if sockets.is_symlink():
        shutil.rmtree(sockets.resolve(), ignore_errors=True)
    for entry in directory.iterdir():
        if entry.name == LOCK:
            continue
        if entry.is_symlink() or not entry.is_dir():
            entry.unlink(missing_ok=True)
        else:
            shutil.rmtree(entry, ignore_errors=True)


def remove(directory: Path, *, timeout: float = 10.0) -> None:
    """Remove the directory, which this process or an ancestor has locked, within ``timeout`` s."""
    deadline = time.monotonic() + timeout
    # A process that was killed may have created one more file after its folder was read.
    while _names(directory) - {LOCK}:
        if time.monotonic() > deadline:
            return
        empty(directory)
    # The lock goes last: without it, a new sandbox takes the remaining files for those of another
    # program. A sandbox that starts from here on may take the empty directory.
    (directory / LOCK).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        directory.rmdir()


def _names(directory: Path) -> set[str]:
    try:
        return {entry.name for entry in directory.iterdir()}
    except FileNotFoundError:
        return set()


def _command(pid: int) -> str:
    """Return the command line of a process, or an empty string if there is no such process."""
    processes = Path("/proc")
    if (processes / "self").exists():
        try:
            return (processes / str(pid) / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            return ""
    found = subprocess.run(  # noqa: S603
        ["/bin/ps", "-ww", "-o", "args=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout


def _main(directory: Path, *, keep: bool) -> None:
    # Ctrl-C in the terminal is for the watched process.
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    sys.stdin.buffer.read()
    end_servers(directory)
    if not keep:
        remove(directory)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), keep=sys.argv[2] == "keep")
