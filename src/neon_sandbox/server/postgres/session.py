"""One client's session: TLS, login, the connection to its server, and then only the relay."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from neon_sandbox.errors import ApiError
from neon_sandbox.server.postgres import protocol, scram
from neon_sandbox.server.postgres.connection import Connection
from neon_sandbox.server.postgres.routing import Route, Router
from neon_sandbox.storage.postgres import StorageError
from neon_sandbox.storage.postgres.passwords import Verifier

_LOGIN_SECONDS = 60.0
_POLL_SECONDS = 0.005
# [rule: insecure-connection]
_INSECURE = "connection is insecure (try using `sslmode=require`)"

T = TypeVar("T")


@dataclass(slots=True)
class ProxyState:
    """State that all sessions of a proxy share. ``connect_timeout`` is in seconds."""

    router: Router
    tls: ssl.SSLContext
    certificate_hash: bytes
    connect_timeout: float
    # The server's socket for a cancel request, by the key of the session to cancel.
    keys: dict[tuple[int, int], str] = field(default_factory=dict)
    sessions: "set[Session]" = field(default_factory=set)
    time_travel_sessions: "set[Session]" = field(default_factory=set)


class FatalError(Exception):
    """An error that ends the connection, with a code and a message for the client."""

    def __init__(self, code: str, message: str, severity: str = "FATAL") -> None:
        super().__init__(message)
        self.as_message = protocol.error(code, message, severity)


class Session:
    """A client's session at an endpoint; one ``too_many`` only gets to know that it is."""

    def __init__(
        self, state: ProxyState, endpoint_id: str, client: Connection, *, too_many: bool
    ) -> None:
        self._state = state
        self.endpoint_id = endpoint_id
        self._client = client
        self._too_many = too_many
        self._encrypted = False
        self._messages = protocol.ClientMessages()
        self._asked_at = 0.0
        self._answered_at = 0.0
        self.ephemeral_id: str | None = None

    async def run(self) -> None:
        """Serve the client until one side ends."""
        self._state.sessions.add(self)
        try:
            async with asyncio.timeout(_LOGIN_SECONDS):
                asked = await self._startup()
                if asked is None:
                    return
                await asyncio.to_thread(self._state.router.wake, self.endpoint_id)
                await self._log_in(asked.user)
            options = asked.parameters.get("options", "")
            route = await asyncio.to_thread(self._state.router.find, self.endpoint_id, options)
            await self._relay(asked, route)
        except (protocol.Malformed, scram.AuthenticationFailed) as error:
            self._client.write(protocol.error(protocol.PROTOCOL_VIOLATION, str(error)))
        except FatalError as error:
            self._client.write(error.as_message)
        except ApiError as error:
            is_limit = error.code.endswith("LIMIT_EXCEEDED")
            code = protocol.TOO_MANY_CONNECTIONS if is_limit else protocol.INVALID_PARAMETER
            self._client.write(protocol.error(code, error.message))
        except StorageError as error:
            self._client.write(protocol.error(protocol.SYSTEM_ERROR, str(error)))
        except OSError:
            # The client has gone, or took too long to log in: there is no one to send an error to.
            pass
        finally:
            self._state.sessions.discard(self)
            self._client.close()

    def shut_down(self) -> None:
        """End the session, as a compute does that stops."""
        message = "terminating connection due to administrator command"
        self._client.write(protocol.error(protocol.ADMIN_SHUTDOWN, message))
        self._client.close()

    @property
    def is_busy(self) -> bool:
        """Whether the client has sent something that is still unanswered."""
        return self._asked_at > self._answered_at

    def heard_since(self, moment: float) -> bool:
        """Return whether either side sent anything since a reading of ``time.monotonic()``."""
        return max(self._asked_at, self._answered_at) >= moment

    # Login

    async def _startup(self) -> protocol.Startup | None:
        """Read up to the startup message; return ``None`` after a cancel request."""
        while True:
            length = int.from_bytes(await self._client.read_exactly(4), "big")
            if not 8 <= length <= protocol.MAX_STARTUP:
                raise protocol.Malformed("invalid length of startup packet")
            body = await self._client.read_exactly(length - 4)
            code = int.from_bytes(body[:4], "big")
            if code == protocol.SSL_REQUEST and not self._encrypted:
                self._client.write(b"S")
                await self._client.start_tls(self._state.tls)
                self._encrypted = True
            elif code == protocol.GSSENC_REQUEST:
                self._client.write(b"N")
            elif code == protocol.CANCEL_REQUEST:
                await self._cancel(protocol.read_cancel_key(body[4:]))
                return None
            else:
                asked = protocol.read_startup(code, body[4:])
                if not self._encrypted:
                    raise FatalError(protocol.INTERNAL_ERROR, _INSECURE, "ERROR")
                if self._too_many:
                    message = "sorry, too many clients already: close some connections"
                    raise FatalError(protocol.TOO_MANY_CONNECTIONS, message)
                self._client.write(protocol.negotiate_version(asked))
                return asked

    async def _cancel(self, key: tuple[int, int]) -> None:
        """Forward a cancel request; the client gets no answer."""
        if socket := self._state.keys.get(key):
            _, server = await asyncio.get_running_loop().create_unix_connection(Connection, socket)
            server.write(protocol.cancel(key))
            await server.ended

    async def _log_in(self, role: str) -> None:
        def verifier() -> Awaitable[Verifier | None]:
            return asyncio.to_thread(self._state.router.verifier, self.endpoint_id, role)

        known = await self._when_ready(verifier)
        self._client.write(protocol.sasl_mechanisms([scram.BOUND, scram.PLAIN]))
        mechanism, first = protocol.read_sasl_initial(await self._password_message())
        exchange = scram.Exchange(mechanism, known, self._state.certificate_hash)
        self._client.write(protocol.sasl_continue(exchange.challenge(first)))
        last = await self._password_message()
        try:
            proof = exchange.finish(last)
        except scram.AuthenticationFailed:
            message = f'password authentication failed for user "{role}"'
            raise FatalError(protocol.INVALID_PASSWORD, message) from None
        self._client.write(protocol.sasl_final(proof))

    async def _password_message(self) -> bytes:
        kind, body = await self._client.message(protocol.MAX_PASSWORD)
        if kind != b"p":
            raise protocol.Malformed(f"expected SASL response, got message type {kind[0]}")
        return body

    # Relay

    async def _relay(self, asked: protocol.Startup, route: Route) -> None:
        state = self._state
        socket, server, said, key = await self._when_ready(lambda: self._connect(asked, route))
        self._client.write(said)
        if key:
            state.keys[key] = socket
        closing_message = b""
        if route.ephemeral_id:
            self.ephemeral_id = route.ephemeral_id
            state.time_travel_sessions.add(self)
            closing_message = protocol.error(
                protocol.ADMIN_SHUTDOWN,
                "terminating connection: the ephemeral compute was suspended",
            )
        self._asked_at = self._answered_at = time.monotonic()
        try:
            server.relay_to(self._client, on_data=self._answered, closing_message=closing_message)
            self._client.relay_to(server, on_data=self._asked)
            await asyncio.wait(
                [self._client.ended, server.ended], return_when=asyncio.FIRST_COMPLETED
            )
            # The other side is being closed; its buffered data is sent first.
            await self._client.ended
        finally:
            server.close()
            state.time_travel_sessions.discard(self)
            if key:
                state.keys.pop(key, None)

    async def _connect(
        self, asked: protocol.Startup, route: Route
    ) -> tuple[str, Connection, bytes, tuple[int, int] | None] | None:
        """Return the socket of the ready server, the connection, its first messages and the key."""
        socket = self._state.router.socket(route)
        opened = await self._open(socket, asked, route) if socket else None
        return (socket, *opened) if socket and opened else None

    async def _when_ready(self, ask: Callable[[], Awaitable[T | None]]) -> T:
        """Ask the branch's server until it answers, for as long as a client waits."""
        deadline = time.monotonic() + self._state.connect_timeout
        while not self._client.ended.done():
            try:
                answer = await ask()
            except KeyError:
                raise FatalError(protocol.ADMIN_SHUTDOWN, "the compute is gone") from None
            if answer is not None:
                return answer
            if time.monotonic() > deadline:
                raise FatalError(
                    protocol.CANNOT_CONNECT_NOW,
                    f"the compute was not ready after {self._state.connect_timeout:g} s: "
                    "look at the project's operations",
                )
            await asyncio.sleep(_POLL_SECONDS)
        raise ConnectionResetError("the client has gone")

    async def _open(
        self, socket: str, asked: protocol.Startup, route: Route
    ) -> tuple[Connection, bytes, tuple[int, int] | None] | None:
        """Open a session; return ``None`` while the server is starting or stopping."""
        try:
            _, server = await asyncio.get_running_loop().create_unix_connection(Connection, socket)
        except OSError:
            return None
        try:
            server.write(protocol.startup(_parameters(asked, route)))
            said, key = b"", None
            while True:
                kind, body = await server.message()
                if kind == b"E" and protocol.error_code(body) == protocol.CANNOT_CONNECT_NOW:
                    server.close()
                    return None
                if (kind, body) == (b"S", b"is_superuser\0on\0"):
                    message = "a superuser cannot log in here"
                    raise FatalError(protocol.INVALID_AUTHORIZATION, message)
                said += protocol.message(kind, body)
                if kind == b"K":
                    key = protocol.read_cancel_key(body)
                if kind in b"ZE":
                    return server, said, key
        except ConnectionError:
            return None
        except BaseException:
            server.close()
            raise

    def _asked(self, data: bytes) -> None:
        self._asked_at = time.monotonic()
        self._messages.feed(data)
        if self._messages.terminated:
            # A driver reports what arrives after its goodbye as an error of nobody's query.
            self._client.mute()

    def _answered(self, _: bytes) -> None:
        self._answered_at = time.monotonic()


_PASSED_ON = frozenset({"user", "database", "application_name", "replication"})


def _parameters(asked: protocol.Startup, route: Route) -> dict[str, str]:
    """Return the startup parameters that are passed on to the server.

    Drivers send what they do not know in a connection string, such as `channel_binding`, and
    Postgres would refuse it. [rule: startup-parameters]
    """
    kept = {name: value for name, value in asked.parameters.items() if name in _PASSED_ON}
    options = {"options": route.options} if route.options else {}
    return kept | {"client_encoding": "UTF8"} | options
