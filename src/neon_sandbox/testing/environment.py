"""The environment variables and the clock of a sandbox, for programs in this process."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from neon_sandbox.scenario import Sandbox

CLOCK = ("now", "monotonic", "sleep", "asleep")


@contextlib.contextmanager
def sandbox_environment(sandbox: Sandbox, clock: ModuleType) -> Iterator[None]:
    """Replace the environment variables and the functions of ``clock`` with those of a sandbox.

    ``clock`` is the client's time module; the sandbox must have a stepped clock. Requests are not
    redirected: `neon_sandbox.testing` and `neon_sandbox.server` connect clients to the sandbox.
    """
    environment = dict(os.environ)
    times = {name: getattr(clock, name) for name in CLOCK}
    try:
        os.environ.clear()
        os.environ.update(sandbox.environment)
        for name in CLOCK:
            setattr(clock, name, getattr(sandbox.clock, name))
        yield
    finally:
        for name, time in times.items():
            setattr(clock, name, time)
        os.environ.clear()
        os.environ.update(environment)
