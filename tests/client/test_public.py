"""The public API: documented, typed, and with few imports."""

import asyncio
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_type_hints

import pytest

import neon_restore
from neon_restore import Neon
from neon_restore._clock import asleep, monotonic, now, sleep

ROOT = Path(__file__).parents[2]


def test_every_method_is_documented() -> None:
    """Each docstring names the Neon operation, except those of `close` and `plan_rollback`."""
    for name, method in inspect.getmembers(Neon, inspect.isfunction):
        if not name.startswith("_") and name not in {"close", "plan_rollback"}:
            assert "Neon: `" in (method.__doc__ or ""), name


@pytest.mark.parametrize("name", neon_restore.__all__)
def test_annotations_can_be_read_at_run_time(name: str) -> None:
    """Frameworks that read them, such as those of command lines, find every type."""
    public = getattr(neon_restore, name)
    if isinstance(public, type):
        get_type_hints(public)
        for _, method in inspect.getmembers(public, inspect.isfunction):
            get_type_hints(method)


def test_the_type_of_checks_is_public() -> None:
    """Callers annotate what they pass as `verify`."""
    assert get_type_hints(Neon.restore)["verify"] == neon_restore.Checks | None


def test_the_version_is_the_packages() -> None:
    """It is a constant, which costs nothing to import; this holds it to the package's metadata."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert neon_restore.__version__ == project["version"]


def imported(statement: str) -> set[str]:
    """Return the modules that are loaded after a statement in a new interpreter."""
    command = [sys.executable, "-c", f"import sys; {statement}; print(*sys.modules)"]
    return set(subprocess.check_output(command, text=True).split())  # noqa: S603


@pytest.mark.needs("processes")
def test_importing_costs_little() -> None:
    """Beyond httpx and msgspec, the import loads no other package, and not asyncio."""
    base = imported("import httpx, msgspec")
    ours = imported("import neon_restore") - base
    assert {name.partition(".")[0] for name in ours} == {"neon_restore"}
    assert "asyncio" not in base | ours


def test_the_clock_is_this_machines() -> None:
    """Outside of tests, time is the machine's: aware, in UTC, and never running backwards."""
    began = monotonic()
    assert str(now().tzinfo) == "UTC"
    sleep(0.001)
    asyncio.run(asleep(0.001))
    assert monotonic() - began >= 0.002
