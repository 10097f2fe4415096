"""A sandbox whose branches hold rows: Postgres behind it, and a proxy in front of that."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from neon_sandbox.command.failure import Failure
from neon_sandbox.command.places import place
from neon_sandbox.doors.postgres import Proxy
from neon_sandbox.scenario import incident
from neon_sandbox.storage.postgres import PostgresStorage, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_sandbox.clock import Clock
    from neon_sandbox.command.options import Options
    from neon_sandbox.scenario import Sandbox


@contextmanager
def sandbox(options: Options, clock: Clock) -> Iterator[Sandbox]:
    """Open a sandbox on Postgres, in a directory that goes with it unless it is to be kept.

    Raises `Failure` where the directory, the disk or a port is not to be had.
    """
    try:
        with (
            place(options.data) as directory,
            PostgresStorage(
                directory,
                clock=clock,
                first_port=options.first_endpoint_port,
                keep=options.keep,
            ) as storage,
        ):
            opened = incident(clock, storage, pace={}, travel_idle=options.idle)
            with Proxy(opened):
                yield opened
    except StorageError as error:
        raise Failure(str(error)) from None
