"""Isolates a test run from other machines, and from the developer's servers and settings.

Connections of C libraries and other programs are not checked here. They go where the tests send
them: to a port of the test's own sandbox or, for a sandbox in memory, nowhere.
"""

import ipaddress
import os
import re
import sys
from functools import cache

from neon_sandbox.cli.options import DEFAULT_PORT
from neon_sandbox.storage.memory import NOWHERE

# The default ports of `make serve` and `neon-sandbox`. Tests ask for free ports.
TAKEN_BY_THE_DEVELOPER = {8000, DEFAULT_PORT, DEFAULT_PORT + 1, DEFAULT_PORT + 2}
# Variables of Neon and Postgres, and of the width and the colors of output. Those of
# `tests/live` are meant for tests.
SETTINGS = re.compile(
    r"NEON_(?!LIVE_)\w+|PG[A-Z]+|COLUMNS|LINES|(NO|FORCE|PYTHON)_COLORS?|CLICOLOR(_FORCE)?"
)
LOOPBACK = "127.0.0.1,::1,localhost"


class NotOfThisRun(AssertionError):
    """A connection to something that the tests did not start."""


def pytest_configure() -> None:
    """Remove the developer's settings, and start to check connections."""
    for name in filter(SETTINGS.fullmatch, list(os.environ)):
        del os.environ[name]
    # The package index may need a proxy; servers that the tests start do not.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = LOOPBACK
    if not any(name.startswith("NEON_LIVE_") for name in os.environ):
        watch()


@cache
def watch() -> None:
    """Install an audit hook that refuses forbidden connections in this process."""
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        if isinstance(arguments[1], tuple):
            refuse(*arguments[1][:2])
    elif event == "socket.getaddrinfo":
        refuse(*arguments[:2])


def refuse(host: object, port: object) -> None:
    """Raise `NotOfThisRun` for another machine, or for a port of the developer's servers."""
    name = host.decode() if isinstance(host, bytes) else host
    if name not in {None, "", "localhost", NOWHERE} and not _is_loopback(str(name)):
        raise NotOfThisRun(f"{name}:{port} is not on this machine. Let the test start what it asks")
    if port in TAKEN_BY_THE_DEVELOPER:
        raise NotOfThisRun(
            f"port {port} is where the developer's own servers listen. Let the test take a free one"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
