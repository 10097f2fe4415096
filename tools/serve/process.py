"""Runs `make serve` in a process, and makes a copy of the repository to edit for it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tools.docs.tree import ROOT

PATIENCE = 60.0
FOLDERS = ("docs", "snippets", "src", "tests", "theme", "tools")
FILES = ("README.md", "mkdocs.yml", "pyproject.toml")
# Pyodide sees the copy alone; the caches are those of the fonts and of Python for the pages.
INSTALLED = ("node_modules/pyodide", ".cache/fonts", ".cache/wheels", ".cache/python")


def free_port() -> int:
    """Return a port that nothing listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def copy_repository(folder: Path) -> Path:
    """Copy all files that `make serve` and page tests read into a folder, and return the folder."""
    unread = shutil.ignore_patterns("__pycache__")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=unread)
    for name in FILES:
        shutil.copyfile(ROOT / name, folder / name)
    for name in INSTALLED:
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, folder / name)
    for package in (ROOT / "node_modules").iterdir():
        if not (folder / "node_modules" / package.name).exists():
            (folder / "node_modules" / package.name).symlink_to(package)
    return folder


class ServeProcess:
    """The command in a separate process group, as a terminal starts it."""

    def __init__(self, root: Path, port: int, sandbox_port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self._lines: list[str] = []
        options = ["--address", f"127.0.0.1:{port}", "--sandbox-port", str(sandbox_port)]
        variables = {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(root / "src"), "SITE_URL": ""}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.serve", *options],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | variables,
            start_new_session=True,
        )

    def until(self, pattern: str) -> str:
        """Read the output until a line matches; return what this call read."""
        read = []
        for line in self.process.stdout or ():
            read.append(line)
            self._lines.append(line)
            if re.search(pattern, line):
                return "".join(read)
        raise RuntimeError(self.said)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal, by default that of Ctrl-C, and return the exit status."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        self._lines.append(rest)
        return self.process.returncode

    @property
    def said(self) -> str:
        """All output that was read."""
        return "".join(self._lines)
