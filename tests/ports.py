"""Free ports for tests that need a fixed one: to listen there again, or to find no server there."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Below the ephemeral ports, which the system assigns on request.
FIRST, LAST = 20_000, 30_000
IN_A_ROW = 9


@contextmanager
def claimed() -> Iterator[int]:
    """Yield the first of nine consecutive free ports that no other test takes meanwhile.

    A listener on the tenth port marks them as taken, also for other runs on this machine.
    """
    firsts = range(FIRST, LAST, IN_A_ROW + 1)
    claims = ((first, claim) for first in firsts if (claim := _claim(first)))
    first, claim = next(claims)
    with claim:
        yield first


def _claim(first: int) -> socket.socket | None:
    try:
        claim = socket.create_server(("127.0.0.1", first + IN_A_ROW))
    except OSError:
        return None
    try:
        for port in range(first, first + IN_A_ROW):
            socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        claim.close()
        return None
    return claim
