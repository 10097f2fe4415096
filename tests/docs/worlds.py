"""Worlds to run a block in, each a fresh incident, and the ways into them."""

import contextlib
import functools
import os
import ssl
import sys
from collections.abc import Iterator

import pytest
import respx

from neon_restore import _clock
from neon_sandbox import scenario
from neon_sandbox.doors.respx import mount
from neon_sandbox.scenario import Sandbox

CLOCK = ("now", "monotonic", "sleep", "asleep")

# Reading the certificates of the world takes half of an example's time, and none is looked at:
# nothing that an example sends leaves the process.
_tls_context = functools.cache(ssl.create_default_context)


@contextlib.contextmanager
def fresh(*, rows: bool) -> Iterator[Sandbox]:
    """Open a fresh incident on the stepped clock: with rows in Postgres, or in memory without."""
    yield scenario.incident()


@contextlib.contextmanager
def in_process(sandbox: Sandbox) -> Iterator[None]:
    """Give this process a world over mocked HTTP, with its clock, and nothing else.

    Of the environment only the three variables are left that point at the world.
    """
    with (
        pytest.MonkeyPatch.context() as patch,
        respx.mock(assert_all_called=False) as router,
    ):
        mount(router, sandbox.api, sandbox.environment["NEON_API_HOST"])
        for name in tuple(os.environ):
            patch.delenv(name)
        for name, value in sandbox.environment.items():
            patch.setenv(name, value)
        for name in CLOCK:
            patch.setattr(_clock, name, getattr(sandbox.clock, name))
        patch.setattr(ssl, "create_default_context", _tls_context)
        # An example runs as `__main__`, a name that belongs to pytest.
        patch.setitem(sys.modules, "__main__", sys.modules["__main__"])
        yield


@contextlib.contextmanager
def incident() -> Iterator[Sandbox]:
    """Open a fresh incident in memory and give it to this process."""
    with fresh(rows=False) as sandbox, in_process(sandbox):
        yield sandbox
