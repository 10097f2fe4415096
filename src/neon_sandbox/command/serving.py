"""A sandbox with its doors open."""

from __future__ import annotations

import errno
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from neon_sandbox.clock import ShiftedClock
from neon_sandbox.command.failure import Failure
from neon_sandbox.command.telling import Teller
from neon_sandbox.doors.http import HttpDoor
from neon_sandbox.scenario import incident, instant
from neon_sandbox.storage import MemoryStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neon_sandbox.command.options import Options

JUST_AFTER = instant("14:40:00")


@contextmanager
def serving(options: Options, say: Callable[[str], None]) -> Iterator[HttpDoor]:
    """Open a sandbox with the incident in it, and close it with all that belongs to it.

    Its clock starts just after the incident, on the incident's own day, and runs on. Raises
    `Failure` where it cannot be opened.
    """
    with ExitStack() as stack:
        clock = ShiftedClock(JUST_AFTER)
        sandbox = incident(clock, MemoryStorage(), pace={}, travel_idle=options.idle)
        teller = stack.enter_context(Teller(sandbox, say))
        try:
            door = stack.enter_context(HttpDoor(sandbox, options.port, told=teller.tell))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise Failure(f"port {options.port} is taken") from None
        yield door
