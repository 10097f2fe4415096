"""Runs pytest in Pyodide under Node, where `pyodide.mjs` starts it: `make pyodide`."""

import asyncio
import os
import sys
import zipfile
from pathlib import Path

PROJECT = Path("/project")
PACKAGES = Path("/packages")
# Replaces the options of pyproject.toml, which name plugins that start processes.
ADDOPTS = "--strict-markers --import-mode=importlib --disable-plugin-autoload -p hypothesispytest"


def install() -> None:
    """Unpack the locked wheels, and add the packages that have no wheel."""
    for wheel in (PROJECT / ".cache" / "pyodide").glob("*.whl"):
        zipfile.ZipFile(wheel).extractall(PACKAGES)
    # The pure Python part of PyYAML comes from the virtual environment.
    (yaml,) = PROJECT.glob(".venv/lib/*/site-packages/yaml")
    (PACKAGES / "yaml").symlink_to(yaml)
    sys.path[:0] = [str(PROJECT), str(PROJECT / "src"), str(PACKAGES)]
    from pyrsistent_as_rpds import pure  # type: ignore[import-not-found]

    sys.modules["rpds"] = pure


def main() -> None:
    """Run pytest with the given arguments, and exit with its status."""
    install()
    import pytest

    from tools.pyodide.runner import Loop

    print(f"Python {sys.version.split()[0]} on {sys.platform}")
    os.chdir(PROJECT)
    # Leave no compiled files in the project.
    sys.dont_write_bytecode = True
    # Pyodide's event loop always counts as running, and cannot run anything to its end.
    asyncio._set_running_loop(None)
    asyncio.events.new_event_loop = Loop
    from js import process  # type: ignore[import-not-found]

    options = ["-o", f"addopts={ADDOPTS}", "-p", "no:cacheprovider"]
    # Python 3.14 counts fewer references, from which Hypothesis infers what is collected at once.
    options += ["-W", "ignore:It looks like `register_random`"]
    process.exitCode = int(pytest.main([*options, *sys.argv[1:]]))


if __name__ == "__main__":
    main()
