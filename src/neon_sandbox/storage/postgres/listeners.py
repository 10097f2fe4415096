"""The loopback ports of the endpoints, one for each."""

import errno
import itertools
import socket
import threading
from collections.abc import Callable, Iterator

from neon_sandbox.storage.postgres.errors import StorageError

_LOOPBACK = "127.0.0.1"
_BACKLOG = 128
_LAST_PORT = 65535


class Listeners:
    """The listening sockets of the endpoints. A server gets them with `subscribe`.

    A client that connects before a server does so waits, and is not refused. The first endpoint
    gets the port ``first`` and no other, later ones the next free port; 0 takes any free ones.
    """

    def __init__(self, first: int) -> None:
        self._first = first
        self._numbers: Iterator[int] = itertools.count(first) if first else itertools.repeat(0)
        self._sockets: dict[str, socket.socket] = {}
        self._subscribers: list[Callable[[str, socket.socket | None], None]] = []
        self._lock = threading.Lock()

    def open(self, endpoint_id: str) -> int:
        """Listen on the next port for an endpoint and return it."""
        with self._lock:
            listener = self._sockets[endpoint_id] = self._listen()
            subscribers = list(self._subscribers)
        for subscriber in subscribers:
            subscriber(endpoint_id, listener)
        return int(listener.getsockname()[1])

    def close(self, endpoint_id: str) -> None:
        """Stop listening for an endpoint; its port is not handed out again."""
        with self._lock:
            listener = self._sockets.pop(endpoint_id)
            subscribers = list(self._subscribers)
        for subscriber in subscribers:
            subscriber(endpoint_id, None)
        listener.close()

    def interrupt(self, endpoint_id: str) -> None:
        """End the connections to an endpoint; new ones wait, as at the start."""
        with self._lock:
            listener = self._sockets[endpoint_id]
            subscribers = list(self._subscribers)
        for subscriber in subscribers:
            subscriber(endpoint_id, None)
            subscriber(endpoint_id, listener)

    def close_all(self) -> None:
        """Stop listening for all endpoints."""
        for endpoint_id in list(self._sockets):
            self.close(endpoint_id)

    def subscribe(self, subscriber: Callable[[str, socket.socket | None], None]) -> None:
        """Call ``subscriber`` with each endpoint, present or later, and its socket.

        When the endpoint closes or is interrupted, it gets ``None`` instead of a socket.
        """
        with self._lock:
            self._subscribers.append(subscriber)
            known = list(self._sockets.items())
        for endpoint_id, listener in known:
            subscriber(endpoint_id, listener)

    def unsubscribe(self, subscriber: Callable[[str, socket.socket | None], None]) -> None:
        """Stop calling ``subscriber``."""
        with self._lock:
            self._subscribers.remove(subscriber)

    def _listen(self) -> socket.socket:
        for port in self._numbers:
            if port > _LAST_PORT:
                break
            # asyncio sets TCP_NODELAY, so that small messages are sent at once, only on sockets
            # that name the protocol.
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((_LOOPBACK, port))
                listener.listen(_BACKLOG)
            except OSError as error:
                listener.close()
                if error.errno != errno.EADDRINUSE:
                    raise
                if port == self._first and not self._sockets:
                    raise StorageError(
                        f"port {port} is in use on {_LOOPBACK}: end what listens there, "
                        "or choose another port"
                    ) from None
                continue
            listener.setblocking(False)
            return listener
        raise StorageError(f"no port is free on {_LOOPBACK}")
