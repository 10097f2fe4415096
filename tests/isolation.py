"""Keeps a run to what it started: no other machine, no server and no settings of the developer's.

What C libraries and other programs connect to is not seen here. They go where the tests send them:
to a port of a sandbox of the test's own, or, for a sandbox in memory, nowhere.
"""

import ipaddress
import os
import re
import sys
from functools import cache

from neon_sandbox.cli.options import DEFAULT_PORT
from neon_sandbox.storage.memory import NOWHERE

# Where `make serve` and `neon-sandbox` listen unless told otherwise. Tests ask for free ports.
TAKEN_BY_THE_DEVELOPER = {8000, DEFAULT_PORT, DEFAULT_PORT + 1, DEFAULT_PORT + 2}
# Settings of Neon, of Postgres, and of how wide and in which colours programs print. Those of
# `tests/live` are meant for tests.
SETTINGS = re.compile(
    r"NEON_(?!LIVE_)\w+|PG[A-Z]+|COLUMNS|LINES|(NO|FORCE|PYTHON)_COLORS?|CLICOLOR(_FORCE)?"
)
LOOPBACK = "127.0.0.1,::1,localhost"


class NotOfThisRun(AssertionError):
    """Something was connected to that the tests did not start."""


def pytest_configure() -> None:
    """Forget the developer's settings, and watch what is connected to."""
    for name in filter(SETTINGS.fullmatch, list(os.environ)):
        del os.environ[name]
    # The way to the package index may need a proxy; the way to what the tests start does not.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = LOOPBACK
    if not any(name.startswith("NEON_LIVE_") for name in os.environ):
        watch()


@cache
def watch() -> None:
    """Refuse from now on, in this process, what tests may not connect to."""
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        if isinstance(arguments[1], tuple):
            refuse(*arguments[1][:2])
    elif event == "socket.getaddrinfo":
        refuse(*arguments[:2])


def refuse(host: object, port: object) -> None:
    """Raise `NotOfThisRun` for an address at which nothing of a test's own listens."""
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
