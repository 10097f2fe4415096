"""`Proxy`: the server that clients connect to at an endpoint's address."""

import asyncio
import socket
import threading
import time
import traceback
from datetime import timedelta
from typing import Self

from neon_sandbox.scenario import Sandbox
from neon_sandbox.server.postgres import certificate
from neon_sandbox.server.postgres.connection import Connection
from neon_sandbox.server.postgres.routing import Router
from neon_sandbox.server.postgres.session import ProxyState, Session

_TICK_SECONDS = 0.25
MAX_CONNECTIONS = 100
# So many more are told why they are refused; beyond that, connections are dropped.
MAX_REFUSED = 20


class Proxy:
    """A proxy for the endpoints of a sandbox on `PostgresStorage`, on loopback only.

    It speaks TLS and SCRAM, with channel binding if the client wants. A connection to a branch that
    is being restored waits, ``connect_timeout`` at most. While it is open, every endpoint answers.
    ``environment`` makes clients trust its certificate. Raises ``TypeError`` for a sandbox without
    databases.
    """

    def __init__(
        self, sandbox: Sandbox, *, connect_timeout: timedelta = timedelta(seconds=10)
    ) -> None:
        self._router = Router(sandbox)
        tls, certificate_hash, authority = certificate.make()
        seconds = connect_timeout.total_seconds()
        self._state = ProxyState(self._router, tls, certificate_hash, seconds)
        path = self._router.storage.directory / "certificate-authority.pem"
        path.touch(0o600)
        path.write_bytes(authority)
        self.environment = dict.fromkeys(("NODE_EXTRA_CA_CERTS", "PGSSLROOTCERT"), str(path))
        self._listening: dict[str, asyncio.Server] = {}
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="postgres-proxy", daemon=True
        )
        self._started = threading.Event()
        self._closing = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        self._router.storage.ports.subscribe(self._on_listener)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop every connection and stop serving."""
        if not self._thread.is_alive():
            return
        self._router.storage.ports.unsubscribe(self._on_listener)
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._started.set()
        ticking = asyncio.create_task(self._tick())
        await self._closing.wait()
        ticking.cancel()
        for server in self._listening.values():
            server.close()
        for connection in list(self._connections):
            connection.abort()
        await asyncio.gather(ticking, *self._tasks, return_exceptions=True)

    async def _tick(self) -> None:
        """Keep ephemeral computes in use alive, and let the model stop idle ones.

        An error does not end it; while the same one lasts, it is printed once.
        """
        before, said = time.monotonic(), ""
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            since, before = before, time.monotonic()
            used = {
                session.ephemeral_id
                for session in self._state.time_travel_sessions
                if session.ephemeral_id and (session.is_busy or session.heard_since(since))
            }
            try:
                await asyncio.to_thread(self._router.keep, used)
            except Exception as error:
                if said != repr(error):
                    traceback.print_exc()
                said = repr(error)
            else:
                said = ""

    def _on_listener(self, endpoint_id: str, listener: socket.socket | None) -> None:
        """Start or stop serving an endpoint; any thread may call this."""
        if listener is None:
            self._loop.call_soon_threadsafe(self._stop_listening, endpoint_id)
        else:
            # A duplicate, because the storage still listens after this proxy has closed.
            own = listener.dup()
            asyncio.run_coroutine_threadsafe(self._listen(endpoint_id, own), self._loop).result()

    async def _listen(self, endpoint_id: str, listener: socket.socket) -> None:
        def on_connected(connection: Connection) -> None:
            if len(self._connections) >= MAX_CONNECTIONS + MAX_REFUSED:
                connection.abort()
                return
            too_many = len(self._connections) >= MAX_CONNECTIONS
            self._connections.add(connection)
            connection.ended.add_done_callback(lambda _: self._connections.discard(connection))
            session = Session(self._state, endpoint_id, connection, too_many=too_many)
            task = asyncio.create_task(session.run())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._listening[endpoint_id] = await self._loop.create_server(
            lambda: Connection(on_connected), sock=listener
        )

    def _stop_listening(self, endpoint_id: str) -> None:
        self._listening.pop(endpoint_id).close()
        for session in self._state.sessions:
            if session.endpoint_id == endpoint_id:
                session.shut_down()
