"""Runs pytest in Pyodide under Node, where `run_here/pyodide.mjs` starts it: `make pyodide`."""

import asyncio
import os
import sys
import zipfile
from pathlib import Path

PROJECT = Path("/project")
PACKAGES = Path("/packages")
# In place of those of pyproject.toml, which name plugins that start processes.
ADDOPTS = "--strict-markers --import-mode=importlib --disable-plugin-autoload -p hypothesispytest"


def install() -> None:
    """Unpack the locked wheels, and put what has none in their place."""
    for wheel in (PROJECT / ".cache" / "pyodide").glob("*.whl"):
        zipfile.ZipFile(wheel).extractall(PACKAGES)
    # The part of PyYAML that is Python comes from the virtual environment.
    (yaml,) = PROJECT.glob(".venv/lib/*/site-packages/yaml")
    (PACKAGES / "yaml").symlink_to(yaml)
    sys.path[:0] = [str(PROJECT), str(PROJECT / "src"), str(PACKAGES)]
    from pyrsistent_as_rpds import pure  # type: ignore[import-not-found]

    sys.modules["rpds"] = pure


def main() -> None:
    """Run pytest with the arguments that are given, and end with its status."""
    install()
    import pytest

    from tools.pyodide.runner import Loop

    print(f"Python {sys.version.split()[0]} on {sys.platform}")
    os.chdir(PROJECT)
    # Nothing is left in the project.
    sys.dont_write_bytecode = True
    # Pyodide's own event loop counts as running all the time, and runs nothing to its end.
    asyncio._set_running_loop(None)
    asyncio.events.new_event_loop = Loop
    from js import process  # type: ignore[import-not-found]

    options = ["-o", f"addopts={ADDOPTS}", "-p", "no:cacheprovider"]
    # Python 3.14 counts fewer references, by which Hypothesis tells what goes at once.
    options += ["-W", "ignore:It looks like `register_random`"]
    process.exitCode = int(pytest.main([*options, *sys.argv[1:]]))


if __name__ == "__main__":
    main()
