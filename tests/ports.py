"""Ports for tests that name one: to listen there again, or to find nobody there."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Below those that the system hands out to whoever asks for any.
FIRST, LAST = 20_000, 30_000
IN_A_ROW = 9


@contextmanager
def claimed() -> Iterator[int]:
    """Yield the first of nine free ports in a row that no other test takes meanwhile.

    A listener on the tenth says so, also to other runs on this machine.
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
