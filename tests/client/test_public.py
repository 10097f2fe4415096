"""The public API: documented, typed, and with few imports."""

import asyncio
import inspect
import subprocess
import sys

import pytest

from neon_restore import Neon
from neon_restore._clock import asleep, monotonic, now, sleep


def test_every_method_is_documented() -> None:
    """Each docstring names the Neon operation, except those of `close` and `plan_rollback`."""
    for name, method in inspect.getmembers(Neon, inspect.isfunction):
        if not name.startswith("_") and name not in {"close", "plan_rollback"}:
            assert "Neon: `" in (method.__doc__ or ""), name


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
