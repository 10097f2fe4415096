"""Sandboxes to run blocks in, each with a fresh incident, and connections to them."""

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
from neon_sandbox.model import rules
from neon_sandbox.scenario import INCIDENT_END, Sandbox
from neon_sandbox.server.http import HttpServer
from neon_sandbox.testing.environment import sandbox_environment
from neon_sandbox.testing.respx import mount
from tools.docs.databases import base
from tools.scratch import scratch

# Loading the CA certificates takes half of an example's time. None is used, because no request of
# an example leaves the process.
_tls_context = functools.cache(ssl.create_default_context)


@contextlib.contextmanager
def fresh(*, rows: bool) -> Iterator[Sandbox]:
    """Open a fresh incident on a stepped clock: on Postgres with `rows`, in memory without."""
    if rows:
        clock, durations = SteppedClock(INCIDENT_END), rules.OPERATION_DURATIONS
        with _on_postgres(clock, threads=False, durations=durations) as sandbox:
            yield sandbox
    else:
        yield scenario.incident()


@contextlib.contextmanager
def _on_postgres(
    clock: Clock, *, threads: bool, durations: Mapping[str, timedelta]
) -> Iterator[Sandbox]:
    # Imported here so that all other checks run where Postgres is not installed.
    from neon_sandbox.server.postgres import Proxy
    from neon_sandbox.storage.postgres import PostgresStorage

    with (
        scratch() as folder,
        PostgresStorage(
            folder / "data", clock=clock, threads=threads, first_port=0, base=base()
        ) as storage,
    ):
        sandbox = scenario.incident(clock, storage, operation_durations=durations)
        with Proxy(sandbox):
            yield sandbox


@contextlib.contextmanager
def live() -> Iterator[HttpServer]:
    """Open a fresh incident on Postgres with a running clock, as `neon-sandbox run` does."""
    clock = ShiftedClock(INCIDENT_END)
    with _on_postgres(clock, threads=True, durations={}) as sandbox, HttpServer(sandbox) as door:
        yield door


@contextlib.contextmanager
def home() -> Iterator[Path]:
    """Open an empty home directory for programs, and delete it on exit."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@contextlib.contextmanager
def in_process(sandbox: Sandbox, folder: Path | None = None) -> Iterator[None]:
    """Connect this process to a sandbox over mocked HTTP, with its clock and only its variables."""
    with (
        pytest.MonkeyPatch.context() as patch,
        respx.mock(assert_all_called=False) as router,
        sandbox_environment(sandbox, _clock),
    ):
        mount(router, sandbox.api, sandbox.environment["NEON_API_HOST"])
        if folder:
            patch.chdir(folder)
        patch.setattr(ssl, "create_default_context", _tls_context)
        # Python trusts compiled code if its source had the same name, size and second. Without
        # this tag it neither reads nor writes compiled code, so the given text runs.
        patch.setattr(sys.implementation, "cache_tag", None)
        # An example runs as `__main__`; put back pytest's module of that name afterwards.
        patch.setitem(sys.modules, "__main__", sys.modules["__main__"])
        yield


@contextlib.contextmanager
def incident() -> Iterator[Sandbox]:
    """Open a fresh incident in memory and connect this process to it."""
    with fresh(rows=False) as sandbox, in_process(sandbox):
        yield sandbox
