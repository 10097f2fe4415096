"""The directory of a storage: its lock, its subdirectories and its removal."""

import fcntl
import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Literal

from neon_sandbox.storage.postgres import watchdog
from neon_sandbox.storage.postgres.binaries import OsUser
from neon_sandbox.storage.postgres.errors import StorageError

# The shortest limit on the path of a socket, that of macOS, less the longest name of a socket.
_SOCKETS_PATH_LIMIT = 103 - len("/.s.PGSQL.65535")
_BYTES_NEEDED = 200 * 2**20
# FS_IOC_GETFLAGS, FS_IOC_SETFLAGS and FS_TOPDIR_FL of linux/fs.h, which Python does not define.
_GET_FLAGS, _SET_FLAGS, _TOP_OF_HIERARCHY = 0x80086601, 0x40086602, 0x00020000


class SandboxDirectory:
    """A locked directory with a subdirectory for each kind of file.

    The lock is the kernel's, which releases it when the last process that holds it dies, for any
    reason. Besides this process that is the watchdog, which ends the servers and removes the
    directory once this process is gone. Raises `StorageError` if the directory cannot be used.
    """

    def __init__(self, path: Path, *, user: OsUser, keep: bool) -> None:
        self.path = path.absolute()
        self.keep = keep
        self._user = user
        self._lock = _lock(self.path)
        try:
            self._require_empty()
        except BaseException:
            os.close(self._lock)
            raise
        try:
            user.grant_access(self.path)
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, json.dumps({"pid": os.getpid(), "keep": keep}).encode(), 0)
            self.servers = self._subdirectory(watchdog.SERVERS)
            self.copies = self._subdirectory("copies")
            spread_on_ext4(self.copies)
            self.wal = self._subdirectory("wal")
            self.logs = self._subdirectory("logs")
            self.sockets = self._make_sockets()
            self._require_room()
            self._watcher = self._start_watcher()
        except BaseException:
            watchdog.remove(self.path)
            os.close(self._lock)
            raise

    def close(self) -> None:
        """End the servers that still run; remove the directory unless ``keep``."""
        if self._watcher.poll() is None:
            self._watcher.kill()
        self._watcher.communicate()
        watchdog.end_servers(self.path, quiet=0.0)
        if self.keep:
            if self.sockets != self.path / watchdog.SOCKETS:
                shutil.rmtree(self.sockets, ignore_errors=True)
        else:
            watchdog.remove(self.path)
        os.close(self._lock)

    def _require_empty(self) -> None:
        found = {entry.name for entry in self.path.iterdir()} - {watchdog.LOCK}
        if not found:
            return
        owner = _read_owner(self._lock)
        if owner and owner["keep"]:
            raise StorageError(
                f"{self.path} holds a sandbox that was kept: remove it, or name another directory"
            )
        watchdog.end_servers(self.path)
        watchdog.empty(self.path)

    def _subdirectory(self, name: str) -> Path:
        room = self.path / name
        room.mkdir(mode=0o700)
        self._user.chown(room)
        return room

    def _make_sockets(self) -> Path:
        room = self.path / watchdog.SOCKETS
        if len(os.fsencode(room)) <= _SOCKETS_PATH_LIMIT:
            return self._subdirectory(watchdog.SOCKETS)
        # In /tmp, because the directory in TMPDIR may have a long path as well.
        elsewhere = Path(tempfile.mkdtemp(prefix="neon-", dir="/tmp"))
        self._user.chown(elsewhere)
        room.symlink_to(elsewhere)
        return elsewhere

    def _require_room(self) -> None:
        free = shutil.disk_usage(self.path).free
        if free < _BYTES_NEEDED:
            raise StorageError(
                f"{self.path} has room for {free // 2**20} MB, and a sandbox needs "
                f"{_BYTES_NEEDED // 2**20} MB: free some, or name a directory on another disk"
            )
        if not self._user.can_enter(self.servers):
            raise StorageError(
                "the user nobody, whom Postgres runs as in place of root, cannot enter "
                f"{self.path}: name one that everybody may enter"
            )

    def _start_watcher(self) -> subprocess.Popen[bytes]:
        mode = "keep" if self.keep else "remove"
        return subprocess.Popen(  # noqa: S603 - this Python, and a script of this package
            [sys.executable, "-I", "-S", watchdog.__file__, str(self.path), mode],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[self._lock],
            start_new_session=True,
        )


def clean_up(directory: Path) -> bool:
    """Stop and remove what a storage that died left in a directory; return whether there was one.

    Raises `StorageError` for a directory of a live process, of no storage, or that was kept.
    """
    path = directory.absolute()
    if not (path / watchdog.LOCK).exists() and not (path.exists() and any(path.iterdir())):
        return False
    lock = _lock(path)
    try:
        owner = _read_owner(lock)
        watchdog.end_servers(path)
        if owner and owner["keep"]:
            raise StorageError(f"{path} holds a sandbox that was kept: it is left alone")
        watchdog.remove(path)
    finally:
        os.close(lock)
    # Without an owner there is only the new lock: the watchdog was faster.
    return owner is not None


def spread_on_ext4(folder: Path) -> None:
    """Set the flag that makes ext4 place the directories in a folder apart from each other.

    Before ext4 creates a file, it looks at every file deleted nearby in the last minutes. Where
    sandboxes come and go, these are thousands, and copying takes ten times as long. On other
    systems nothing happens.
    """
    if platform.system() != "Linux" or platform.machine() not in {"x86_64", "aarch64"}:
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        flags = bytearray(8)
        fcntl.ioctl(descriptor, _GET_FLAGS, flags)
        number = int.from_bytes(flags, sys.byteorder) | _TOP_OF_HIERARCHY
        fcntl.ioctl(descriptor, _SET_FLAGS, number.to_bytes(8, sys.byteorder))
    except OSError:
        # The file system has no such flag.
        return
    finally:
        os.close(descriptor)


def _lock(path: Path, *, timeout: float = 15.0) -> int:
    """Make and lock the directory, after a dead owner's watchdog; return the descriptor."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            path.mkdir(mode=0o700, exist_ok=True)
            _require_own(path, path.lstat(), "directory")
            if not (path / watchdog.LOCK).exists() and any(path.iterdir()):
                raise StorageError(
                    f"{path} is not empty and was not made by a sandbox: it is left alone"
                )
            # The lock is written to and what is below it removed: neither may be somebody else's.
            lock = os.open(path / watchdog.LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise StorageError(f"cannot make the directory {path}: {error.strerror}") from error
        try:
            _require_own(path / watchdog.LOCK, os.fstat(lock), "file")
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(lock).st_ino == (path / watchdog.LOCK).stat().st_ino:
                return lock
        except FileNotFoundError:
            pass
        except StorageError:
            os.close(lock)
            raise
        except BlockingIOError:
            owner = _read_owner(lock)
            if (owner and _is_alive(int(owner["pid"]))) or time.monotonic() > deadline:
                os.close(lock)
                by = f" by process {owner['pid']}" if owner else ""
                raise StorageError(
                    f"{path} is in use{by}: end that sandbox, or name another directory"
                ) from None
        os.close(lock)
        time.sleep(0.05)


def _require_own(path: Path, found: os.stat_result, kind: Literal["directory", "file"]) -> None:
    """Raise `StorageError` for what is of another kind, such as a link, or another user's."""
    is_kind = stat.S_ISDIR if kind == "directory" else stat.S_ISREG
    if not is_kind(found.st_mode):
        raise StorageError(f"{path} is a link or no {kind}: name the directory itself, or another")
    if found.st_uid != os.geteuid():
        raise StorageError(f"{path} belongs to another user: name another directory")


def _read_owner(lock: int) -> dict[str, int] | None:
    try:
        owner = json.loads(os.pread(lock, 200, 0))
        return {"pid": int(owner["pid"]), "keep": int(owner["keep"])}
    except (ValueError, KeyError, TypeError):
        return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
