"""A Python environment without this project: the starting point of a reader or a CI job."""

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
    """A fresh Python environment in a folder, to run commands in."""

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
        """Run a command in `folder`, by default `home`, with the extra variables `given`."""
        # Keep all other variables: pip may need them to reach its index.
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "NEON_", "PG"))}
        own = str(Path(sys.executable).parent)
        others = [name for name in os.environ["PATH"].split(os.pathsep) if name != own]
        path = os.pathsep.join([str(self._bin), *others])
        variables = {**kept, "PATH": path, **(given or {})}
        return requirements.run(command, folder or self.home, variables, stdin)

    def packages(self) -> set[str]:
        """Return the lowercase names of the installed packages."""
        listed = self.run("python", "-m", "pip", "list", "--format=freeze")
        if listed.status:
            raise RuntimeError(listed.err)
        return {line.split("==")[0].lower() for line in listed.out.splitlines()}


@cache
def _fresh() -> Path:
    """Return an environment with only pip, cached because it takes three seconds to make."""
    folder = Path(tempfile.mkdtemp(prefix="environment-"))
    # Ignore errors: pytest may have deleted it before, with all temporary files in memory.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    return folder


def _packages(python: Path) -> Path:
    """Return the site-packages folder of an environment."""
    (found,) = python.glob("lib/python*/site-packages")
    return found
