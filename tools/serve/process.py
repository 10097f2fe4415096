"""`make serve` in a process, and a copy of the repository for it that may be edited."""

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
# What Python for the pages and the fonts are made from, and what was made of them.
INSTALLED = (
    "node_modules/pyodide",
    "node_modules/ws",
    "node_modules/@expo-google-fonts",
    "node_modules/@fontsource",
    ".cache/fonts",
    ".cache/wheels",
    ".cache/python",
)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def copy_repository(folder: Path) -> Path:
    """Copy all that `make serve` reads into a folder, and return it."""
    unread = shutil.ignore_patterns("__pycache__")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=unread)
    for name in FILES:
        shutil.copyfile(ROOT / name, folder / name)
    for name in INSTALLED:
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, folder / name)
    return folder


class ServeProcess:
    """The command in a process group of its own, as a terminal starts it."""

    def __init__(self, root: Path, port: int, sandbox_port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self._lines: list[str] = []
        options = ["--address", f"127.0.0.1:{port}", "--sandbox-port", str(sandbox_port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.serve", *options],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                **os.environ,
                "NO_MKDOCS_2_WARNING": "1",
                "PYTHONPATH": str(root / "src"),
                "SITE_URL": "",
            },
            start_new_session=True,
        )

    def until(self, pattern: str) -> str:
        """Read what it says until a line of it matches; return all that was read for that."""
        read = []
        for line in self.process.stdout or ():
            read.append(line)
            self._lines.append(line)
            if re.search(pattern, line):
                return "".join(read)
        raise RuntimeError(self.said)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C, or send another signal, and return the exit status."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        self._lines.append(rest)
        return self.process.returncode

    @property
    def said(self) -> str:
        """All that was read of what it said."""
        return "".join(self._lines)
