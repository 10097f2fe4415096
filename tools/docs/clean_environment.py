"""A Python environment without this project: what a reader or a CI job starts from."""

import atexit
import os
import shutil
import sys
import tempfile
import venv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tools.docs import requirements
from tools.docs.requirements import Ended


class CleanEnvironment:
    """A fresh Python environment in a folder, and commands run in it."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        python = folder / "python"
        self._bin = python / "bin"
        venv.create(python)
        for package in _packages(_fresh()).iterdir():
            (_packages(python) / package.name).symlink_to(package)

    def run(
        self,
        *command: str | Path,
        folder: Path | None = None,
        given: Mapping[str, str] | None = None,
        stdin: str = "",
    ) -> Ended:
        """Run a command in a folder, its own home by default, with some variables given."""
        return requirements.run(command, folder or self.home, self._environment(given or {}), stdin)

    def packages(self) -> set[str]:
        """Return what is installed, by name."""
        listed = self.run("python", "-m", "pip", "list", "--format=freeze")
        if listed.status:
            raise RuntimeError(listed.err)
        return {line.split("==")[0].lower() for line in listed.out.splitlines()}

    def _environment(self, given: Mapping[str, str]) -> dict[str, str]:
        # What else is set here may be how pip reaches its index.
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "NEON_", "PG"))}
        path = os.environ["PATH"].split(os.pathsep)
        own = str(Path(sys.executable).parent)
        return {
            **kept,
            "PATH": os.pathsep.join([str(self._bin), *(p for p in path if p != own)]),
            **given,
        }


@cache
def _fresh() -> Path:
    """Return an environment that has pip and nothing else, made once: it takes three seconds."""
    folder = Path(tempfile.mkdtemp(prefix="environment-"))
    # Where all temporary files lie in memory, it goes with them.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    return folder


def _packages(python: Path) -> Path:
    """Return the folder of the packages of an environment."""
    (found,) = python.glob("lib/python*/site-packages")
    return found
