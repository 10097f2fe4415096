"""Sandboxes to run a block in, each with a fresh incident, and the ways into them."""

import contextlib
import functools
import ssl
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
import respx

from neon_restore import _clock
from neon_sandbox import SteppedClock, scenario
from neon_sandbox.clock import Clock, ShiftedClock
from neon_sandbox.model import assumptions
from neon_sandbox.scenario import Sandbox
from neon_sandbox.server.http import HttpServer
from neon_sandbox.testing.environment import sandbox_environment
from neon_sandbox.testing.respx import mount
from tools.docs.databases import base
from tools.scratch import scratch

JUST_AFTER = scenario.instant("14:40:00")

# Reading the certificates of the world takes half of an example's time, and none is looked at:
# nothing that an example sends leaves the process.
_tls_context = functools.cache(ssl.create_default_context)


@contextlib.contextmanager
def fresh(*, rows: bool) -> Iterator[Sandbox]:
    """Open a fresh incident on the stepped clock: with rows in Postgres, or in memory without."""
    if rows:
        with _on_postgres(
            SteppedClock(JUST_AFTER),
            threads=False,
            operation_durations=assumptions.OPERATION_DURATIONS,
        ) as sandbox:
            yield sandbox
    else:
        yield scenario.incident()


@contextlib.contextmanager
def _on_postgres(
    clock: Clock, *, threads: bool, operation_durations: Mapping[str, timedelta]
) -> Iterator[Sandbox]:
    # Where it is not installed, everything else can be proved all the same.
    from neon_sandbox.server.postgres import Proxy
    from neon_sandbox.storage.postgres import PostgresStorage

    with (
        scratch() as folder,
        PostgresStorage(
            folder / "data", clock=clock, threads=threads, first_port=0, base=base()
        ) as storage,
    ):
        sandbox = scenario.incident(clock, storage, operation_durations=operation_durations)
        with Proxy(sandbox):
            yield sandbox


@contextlib.contextmanager
def live() -> Iterator[HttpServer]:
    """Open what `neon-sandbox run` opens: a fresh incident on Postgres, on a clock that runs on."""
    clock = ShiftedClock(JUST_AFTER)
    with (
        _on_postgres(clock, threads=True, operation_durations={}) as sandbox,
        HttpServer(sandbox) as door,
    ):
        yield door


@contextlib.contextmanager
def home() -> Iterator[Path]:
    """Open a directory for what programs keep and leave: nothing of the user's is in it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@contextlib.contextmanager
def in_process(sandbox: Sandbox, folder: Path | None = None) -> Iterator[None]:
    """Give this process a world over mocked HTTP, with its clock, and nothing else.

    Of the environment only the three variables are left that point at the world. The process
    works in ``folder``, if one is given.
    """
    with (
        pytest.MonkeyPatch.context() as patch,
        respx.mock(assert_all_called=False) as router,
        sandbox_environment(sandbox, _clock),
    ):
        mount(router, sandbox.api, sandbox.environment["NEON_API_HOST"])
        if folder:
            patch.chdir(folder)
        patch.setattr(ssl, "create_default_context", _tls_context)
        # Python trusts compiled code whose source had the same name, size and second. Without this
        # tag it neither reads nor writes any, so what runs is the text that was handed over.
        patch.setattr(sys.implementation, "cache_tag", None)
        # An example runs as `__main__`, a name that belongs to pytest.
        patch.setitem(sys.modules, "__main__", sys.modules["__main__"])
        yield


@contextlib.contextmanager
def incident() -> Iterator[Sandbox]:
    """Open a fresh incident in memory and give it to this process."""
    with fresh(rows=False) as sandbox, in_process(sandbox):
        yield sandbox
