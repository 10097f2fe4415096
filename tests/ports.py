"""Free ports for tests that need a fixed one: to listen there again, or to find no server there."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

# Below the ephemeral ports, which the system assigns on request.
FIRST, LAST = 20_000, 30_000
IN_A_ROW = 9


@contextmanager
def claimed() -> Iterator[int]:
    """Yield the first of nine consecutive free ports that no other test takes meanwhile."""
    firsts = range(FIRST, LAST, IN_A_ROW + 1)
    first, claim = next((first, claim) for first in firsts if (claim := _claim(first)))
    with claim:
        yield first


def _claim(first: int) -> ExitStack | None:
    """Listen on the tenth port, which marks nine as taken, also for other runs on this machine."""
    with suppress(OSError), ExitStack() as stack:
        stack.enter_context(socket.create_server(("127.0.0.1", first + IN_A_ROW)))
        for port in range(first, first + IN_A_ROW):
            socket.create_server(("127.0.0.1", port)).close()
        return stack.pop_all()
    return None
