"""Opens a sandbox and its servers."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from neon_sandbox.cli.errors import CommandError
from neon_sandbox.cli.event_log import EventLog
from neon_sandbox.cli.options import Options
from neon_sandbox.clock import ShiftedClock
from neon_sandbox.model.rules import SHORTEST_DURATIONS
from neon_sandbox.scenario import INCIDENT_END, incident
from neon_sandbox.server.http import LOOPBACK, HttpServer

# One for the API, and one for each compute of the incident.
_PORTS = 3


@contextmanager
def sandbox(
    options: Options, *, say: Callable[[str], None], show: Callable[[str], None]
) -> Iterator[HttpServer]:
    """Open a sandbox with the incident in it; close it and all its resources at the end.

    Its clock starts at `INCIDENT_END`, or is the machine's with ``--now``, and runs on. ``show``
    receives the events, and ``say`` the messages that ``--quiet`` keeps. Raises `CommandError` if
    the sandbox cannot be opened.
    """
    _require_free(options.port)
    clock = ShiftedClock(None if options.now else INCIDENT_END)
    end = clock.now().replace(microsecond=0) if options.now else INCIDENT_END
    with ExitStack() as stack:
        open_incident = partial(
            incident,
            clock,
            operation_durations=SHORTEST_DURATIONS,
            ephemeral_idle_timeout=options.idle,
            child_restores=options.child_restores,
            end=end,
        )
        if options.memory:
            sandbox = open_incident()
        else:
            try:
                # Imported here, because only this mode needs the optional dependencies.
                from neon_sandbox.cli import postgres

                opened = postgres.postgres_sandbox(options, clock, open_incident, say)
                sandbox = stack.enter_context(opened)
            except ImportError as error:
                raise _not_installed(error) from None
        event_log = stack.enter_context(EventLog(sandbox, show))
        server = HttpServer(sandbox, options.port, on_response=event_log.log_request)
        try:
            stack.enter_context(server)
        except OSError as error:
            raise _taken(options.port, error) from None
        yield server


def _not_installed(error: ImportError) -> CommandError:
    package = (error.name or "").partition(".")[0]
    missing = f"{package} is not installed" if package else str(error)
    return CommandError(
        f"{missing}. The databases need: pip install 'neon-restore[sandbox]'. The API "
        "alone goes without: neon-sandbox --memory"
    )


def _require_free(port: int) -> None:
    """Raise `CommandError` for ports that are in use, before anything is started in vain."""
    for each in range(port, port + _PORTS) if port else ():
        try:
            socket.create_server((LOOPBACK, each)).close()
        except OSError as error:
            raise _taken(each, error) from None


def _taken(port: int, error: OSError) -> CommandError:
    return CommandError(
        f"cannot listen on port {port} of {LOOPBACK}: {os.strerror(error.errno or 0)}. End what "
        "listens there, or choose other ports: --port 0 takes any free ones"
    )
