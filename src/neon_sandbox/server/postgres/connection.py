"""One side of a proxied connection: read piece by piece at first, then joined with its peer."""

import asyncio
import ssl
import struct
from collections.abc import Callable
from typing import cast

from neon_sandbox.server.postgres.protocol import Malformed

_MAX_UNREAD = 2**20


class Connection(asyncio.Protocol):
    """A connection to a client or to a server.

    Data from a joined peer is written no faster than it is accepted. The end of one ends both.
    """

    def __init__(self, on_connected: Callable[["Connection"], None] | None = None) -> None:
        self._on_connected = on_connected
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._arrival: asyncio.Future[None] | None = None
        self._peer: Connection | None = None
        self._on_data: Callable[[bytes], None] = lambda _: None
        self._is_muted = False
        self._closing_message = b""
        self.ended = asyncio.get_running_loop().create_future()

    # Callbacks of asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport and call ``on_connected``."""
        self._transport = cast("asyncio.Transport", transport)
        if self._on_connected:
            self._on_connected(self)

    def data_received(self, data: bytes) -> None:
        """Pass data on to the peer, or buffer it until it is read."""
        self._on_data(data)
        if self._peer:
            self._peer.write(data)
            return
        self._buffer += data
        if len(self._buffer) > _MAX_UNREAD:
            self.close()
        self._arrived()

    def connection_lost(self, _: Exception | None) -> None:
        """Close the peer too."""
        if not self.ended.done():
            self.ended.set_result(None)
        self._arrived()
        if self._peer:
            self._peer.write(self._closing_message)
            self._peer.close()

    def pause_writing(self) -> None:
        """Stop reading from the peer while the buffer of this side is full."""
        if self._peer and self._peer._transport and not self._peer.ended.done():
            self._peer._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read from the peer again."""
        if self._peer and self._peer._transport and not self._peer.ended.done():
            self._peer._transport.resume_reading()

    # Methods for sessions

    def write(self, data: bytes) -> None:
        """Send data, unless the connection is closed or muted."""
        if data and self._transport and not (self._is_muted or self._transport.is_closing()):
            self._transport.write(data)

    def mute(self) -> None:
        """Send nothing more: the other side has said that it leaves."""
        self._is_muted = True

    def close(self) -> None:
        """Send what is buffered, and close."""
        if self._transport:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport:
            self._transport.abort()

    async def read_exactly(self, count: int) -> bytes:
        """Return the next ``count`` bytes; raise ``ConnectionError`` if the connection ends."""
        while len(self._buffer) < count:
            if self.ended.done():
                raise ConnectionResetError("the other side has gone")
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    async def message(self, largest: int = _MAX_UNREAD) -> tuple[bytes, bytes]:
        """Return the type and the body of the next message."""
        head = await self.read_exactly(5)
        (length,) = struct.unpack("!I", head[1:])
        if not 4 <= length <= largest:
            raise Malformed("invalid message length")
        return head[:1], await self.read_exactly(length - 4)

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Upgrade the connection to TLS, as the server."""
        if self._buffer or self._transport is None:
            # An attacker may have injected plaintext that would pass for encrypted data.
            raise Malformed("received unencrypted data after SSL request")
        upgraded = await asyncio.get_running_loop().start_tls(
            self._transport, self, context, server_side=True
        )
        self._transport = cast("asyncio.Transport", upgraded)

    def relay_to(
        self, peer: "Connection", *, on_data: Callable[[bytes], None], closing_message: bytes = b""
    ) -> None:
        """Pass everything on to the peer, and ``closing_message`` when this side ends."""
        self._peer, self._on_data, self._closing_message = peer, on_data, closing_message
        if self._buffer:
            on_data(bytes(self._buffer))
            peer.write(bytes(self._buffer))
            self._buffer.clear()
        if self.ended.done():
            peer.close()

    def _arrived(self) -> None:
        if self._arrival and not self._arrival.done():
            self._arrival.set_result(None)
