"""A rehearsal within this process: programs find the sandbox where they would look for Neon."""

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
    """Give this process the environment of a sandbox on a stepped clock, and nothing else.

    ``clock`` is where the client takes its time from: while this is open it is the sandbox's.
    What is sent still goes where it went; `neon_sandbox.server` has ways to the sandbox.
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
