"""The environment variables and the clock of a sandbox, for programs in this process."""

import contextlib
import os
from collections.abc import Iterator
from types import ModuleType

from neon_sandbox.scenario import Sandbox

CLOCK_FUNCTIONS = ("now", "monotonic", "sleep", "asleep")


@contextlib.contextmanager
def patch_clock(module: ModuleType, clock: object, **others: object) -> Iterator[None]:
    """Let a client's clock module use another clock, and ``others`` in place of its functions."""
    patched = {name: getattr(clock, name) for name in CLOCK_FUNCTIONS} | others
    original = {name: getattr(module, name) for name in patched}
    try:
        vars(module).update(patched)
        yield
    finally:
        vars(module).update(original)


@contextlib.contextmanager
def sandbox_environment(sandbox: Sandbox, clock: ModuleType) -> Iterator[None]:
    """Replace the environment variables and the functions of ``clock`` with those of a sandbox.

    ``clock`` is the client's time module; the sandbox must have a stepped clock. Requests are not
    redirected: `neon_sandbox.testing` and `neon_sandbox.server` connect clients to the sandbox.
    """
    environment = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(sandbox.environment)
        with patch_clock(clock, sandbox.clock):
            yield
    finally:
        os.environ.clear()
        os.environ.update(environment)
