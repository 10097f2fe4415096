"""One client: TLS, login, the way to its server, and then nothing but passing on."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neon_sandbox.doors.postgres import messages, scram
from neon_sandbox.doors.postgres.wire import Wire
from neon_sandbox.refusals import Refused
from neon_sandbox.storage.postgres import StorageError

if TYPE_CHECKING:
    import ssl

    from neon_sandbox.doors.postgres.ways import Way, Ways

_LOGIN_SECONDS = 60.0
_POLL_SECONDS = 0.005


@dataclass(slots=True)
class House:
    """What all sessions of a proxy share. ``patience`` is in seconds."""

    ways: Ways
    tls: ssl.SSLContext
    certificate_hash: bytes
    patience: float
    # Which server's socket a cancel request is for, by the key that its session was given.
    keys: dict[tuple[int, int], str] = field(default_factory=dict)
    visitors: set[Session] = field(default_factory=set)


class Gone(Exception):
    """The connection ends here, with an error for the client: a code and a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Session:
    """A client at an endpoint."""

    def __init__(self, house: House, endpoint_id: str, client: Wire) -> None:
        self._house = house
        self._endpoint_id = endpoint_id
        self._client = client
        self._encrypted = False
        self._asked_at = 0.0
        self._answered_at = 0.0
        self.visit_id: str | None = None

    async def run(self) -> None:
        """Serve the client until one side ends."""
        try:
            async with asyncio.timeout(_LOGIN_SECONDS):
                asked = await self._begin()
                if asked is None:
                    return
                await self._log_in(asked.user)
            options = asked.parameters.get("options", "")
            way = await asyncio.to_thread(self._house.ways.find, self._endpoint_id, options)
            await self._relay(asked, way)
        except (messages.Malformed, scram.Failed) as error:
            self._client.write(messages.error(messages.PROTOCOL_VIOLATION, str(error)))
        except Gone as error:
            self._client.write(messages.error(error.code, error.message))
        except Refused as error:
            self._client.write(messages.error(messages.INVALID_PARAMETER, error.message))
        except StorageError as error:
            self._client.write(messages.error(messages.SYSTEM_ERROR, str(error)))
        except (OSError, TimeoutError):
            # The client has gone, or has said nothing for too long: nobody is there to be told.
            pass
        finally:
            self._client.close()

    @property
    def is_busy(self) -> bool:
        """Whether the client has sent something that was not answered yet."""
        return self._asked_at > self._answered_at

    def heard_since(self, moment: float) -> bool:
        """Say whether anything was sent since a reading of the monotonic clock, by either side."""
        return max(self._asked_at, self._answered_at) >= moment

    # The beginning

    async def _begin(self) -> messages.Startup | None:
        """Read up to the startup message; ``None`` where the client wanted something else."""
        while True:
            length = int.from_bytes(await self._client.exactly(4), "big")
            if not 8 <= length <= messages.LARGEST_STARTUP:
                raise messages.Malformed("invalid length of startup packet")
            body = await self._client.exactly(length - 4)
            code = int.from_bytes(body[:4], "big")
            if code == messages.SSL_REQUEST and not self._encrypted:
                self._client.write(b"S")
                await self._client.start_tls(self._house.tls)
                self._encrypted = True
            elif code == messages.GSSENC_REQUEST:
                self._client.write(b"N")
            elif code == messages.CANCEL_REQUEST:
                await self._cancel(messages.read_key(body[4:]))
                return None
            else:
                asked = messages.read_startup(code, body[4:])
                self._client.write(messages.unsupported(asked))
                return asked

    async def _cancel(self, key: tuple[int, int]) -> None:
        """Pass a cancel request on; nobody is told what became of it."""
        if socket := self._house.keys.get(key):
            _, server = await asyncio.get_running_loop().create_unix_connection(Wire, socket)
            server.write(messages.cancel(key))
            await server.ended

    async def _log_in(self, role: str) -> None:
        known = await asyncio.to_thread(self._house.ways.verifier, self._endpoint_id, role)
        offered = [scram.BOUND, scram.PLAIN] if self._encrypted else [scram.PLAIN]
        self._client.write(messages.offer(offered))
        mechanism, first = messages.read_choice(await self._password_message())
        bound_to = self._house.certificate_hash if self._encrypted else None
        exchange = scram.Exchange(mechanism, known, bound_to)
        self._client.write(messages.challenge(exchange.challenge(first)))
        last = await self._password_message()
        try:
            proof = exchange.finish(last)
        except scram.Failed:
            raise Gone(
                messages.INVALID_PASSWORD, f'password authentication failed for user "{role}"'
            ) from None
        self._client.write(messages.outcome(proof))

    async def _password_message(self) -> bytes:
        kind, body = await self._client.message(messages.LARGEST_PASSWORD)
        if kind != b"p":
            raise messages.Malformed(f"expected SASL response, got message type {kind[0]}")
        return body

    # The way to the server

    async def _relay(self, asked: messages.Startup, way: Way) -> None:
        house = self._house
        socket, server, said, key = await self._reach(asked, way)
        self._client.write(said)
        if key:
            house.keys[key] = socket
        farewell = b""
        if way.visit_id:
            self.visit_id = way.visit_id
            house.visitors.add(self)
            farewell = messages.error(
                messages.ADMIN_SHUTDOWN, "terminating connection: the visit to the past is over"
            )
        self._asked_at = self._answered_at = time.monotonic()
        try:
            server.join(self._client, heard=self._answered, farewell=farewell)
            self._client.join(server, heard=self._asked)
            await asyncio.wait(
                [self._client.ended, server.ended], return_when=asyncio.FIRST_COMPLETED
            )
            # The other side is being closed; what is left for it goes out first.
            await self._client.ended
        finally:
            server.close()
            house.visitors.discard(self)
            if key:
                house.keys.pop(key, None)

    async def _reach(
        self, asked: messages.Startup, way: Way
    ) -> tuple[str, Wire, bytes, tuple[int, int] | None]:
        """Open a session with the server, waiting for one that is on its way.

        Returns its socket, the connection, what it said, and the key of the session.
        """
        deadline = time.monotonic() + self._house.patience
        while not self._client.ended.done():
            socket = self._socket(way)
            opened = await self._open(socket, asked, way) if socket else None
            if socket and opened:
                return socket, *opened
            if time.monotonic() > deadline:
                raise Gone(
                    messages.CANNOT_CONNECT_NOW,
                    f"the compute was not ready after {self._house.patience:g} s: "
                    "look at the project's operations",
                )
            await asyncio.sleep(_POLL_SECONDS)
        raise ConnectionResetError("the client has gone")

    def _socket(self, way: Way) -> str | None:
        try:
            return self._house.ways.socket(way)
        except KeyError:
            raise Gone(messages.ADMIN_SHUTDOWN, "the compute is gone") from None

    async def _open(
        self, socket: str, asked: messages.Startup, way: Way
    ) -> tuple[Wire, bytes, tuple[int, int] | None] | None:
        """Open a session; ``None`` when the server is only just starting or stopping."""
        try:
            _, server = await asyncio.get_running_loop().create_unix_connection(Wire, socket)
        except OSError:
            return None
        try:
            server.write(messages.startup(_parameters(asked, way)))
            said, key = b"", None
            while True:
                kind, body = await server.message()
                if kind == b"E" and messages.error_code(body) == messages.CANNOT_CONNECT_NOW:
                    server.close()
                    return None
                said += messages.message(kind, body)
                if kind == b"K":
                    key = messages.read_key(body)
                if kind in b"ZE":
                    return server, said, key
        except ConnectionError:
            return None
        except BaseException:
            server.close()
            raise

    def _asked(self) -> None:
        self._asked_at = time.monotonic()

    def _answered(self) -> None:
        self._answered_at = time.monotonic()


def _parameters(asked: messages.Startup, way: Way) -> dict[str, str]:
    """Return what the server hears of the client's wishes."""
    kept = {
        name: value
        for name, value in asked.parameters.items()
        if name != "options" and not name.startswith("_pq_.")
    }
    return kept | ({"options": way.options} if way.options else {})
