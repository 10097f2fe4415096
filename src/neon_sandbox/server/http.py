"""Serves the sandbox's API over HTTP/1.1, on loopback only."""

import hmac
import re
import secrets
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Self

import httpx

from neon_sandbox.clock import SteppedClock
from neon_sandbox.errors import ApiError
from neon_sandbox.scenario import Sandbox

OnResponse = Callable[[httpx.Request, httpx.Response], None]

LOOPBACK = "127.0.0.1"
MAX_CONNECTIONS = 100
# So many more are answered with a 503; beyond that, connections are dropped.
MAX_REFUSED = 20
# Seconds that one to refuse may take for its request.
_REFUSAL_TIMEOUT = 1.0
MAX_BODY = 1_048_576
# Seconds per read, and number of reads, to drain a client's data before its connection is closed.
_LINGER = 0.2
_MAX_DISCARDED_READS = 64
# A page of another site can give its own name this address, and then call it as its own.
_OWN_NAME = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]{1,18}")


class HttpServer:
    """A server of a sandbox's API on a loopback port while it is open; port 0 takes any free one.

    Each response is passed to ``on_response``, if given, before it is sent. On a stepped clock a
    request first lets running work end, because no HTTP client can move that clock. Without a
    ``key`` it makes one, which only ``environment`` tells.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        port: int = 0,
        *,
        key: str = "",
        on_response: OnResponse | None = None,
    ) -> None:
        self.sandbox = sandbox
        self.key = key or f"sandbox-key-{secrets.token_urlsafe(24)}"
        self.on_response = on_response
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return int(self._server.server_address[1]) if self._server else self._port

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that point a client at this server."""
        url = f"http://{LOOPBACK}:{self.port}{self.sandbox.api.base}"
        return self.sandbox.environment | {"NEON_API_HOST": url, "NEON_API_KEY": self.key}

    def __enter__(self) -> Self:
        self._server = _Server(self, self._port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="http-server", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection and stop listening; a second call does nothing."""
        if self._server:
            self._port = self.port
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Pass a request to the API and return the response."""
        api = self.sandbox.api
        given = request.headers.get("authorization", "")
        if hmac.compare_digest(given.encode(), f"Bearer {self.key}".encode()):
            request.headers["authorization"] = api.authorization
        # The API's own key is published, so it opens nothing here.
        elif given == api.authorization:
            del request.headers["authorization"]
        with api.lock:
            if isinstance(self.sandbox.clock, SteppedClock):
                self.sandbox.run_until_idle()
            return api.handle(request)


class _Server(ThreadingMixIn, TCPServer):
    """A TCP server with a thread for every connection; closing it ends all of them."""

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, http_server: HttpServer, port: int) -> None:
        self.http_server = http_server
        self._connections: set[socket.socket] = set()
        self.refused: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__((LOOPBACK, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Record the connection, then start its thread; drop one that is far beyond the limit."""
        with self._guard:
            if len(self._connections) >= MAX_CONNECTIONS + MAX_REFUSED:
                self.close_request(request)
                return
            if len(self._connections) >= MAX_CONNECTIONS:
                self.refused.add(request)
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection, then close it."""
        with self._guard:
            self._connections.discard(request)
            self.refused.discard(request)
        # Unread data would turn the close into a TCP reset, which can lose the response.
        with suppress(OSError):
            request.shutdown(socket.SHUT_WR)
            request.settimeout(_LINGER)
            for _ in range(_MAX_DISCARDED_READS):
                if not request.recv(65_536):
                    break
        self.close_request(request)

    def server_close(self) -> None:
        """Close every connection and wait for its thread."""
        with self._guard:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print the traceback, unless the client disconnected."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """The handler of one connection."""

    protocol_version = "HTTP/1.1"
    server: _Server
    # Seconds that a connection may be idle, and that a client may take for one request.
    timeout = 60
    disable_nagle_algorithm = True

    def __getattr__(self, name: str) -> Any:
        # The standard library looks up do_GET and the like: the API decides which methods exist.
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def setup(self) -> None:
        """Give a connection that will be refused little time."""
        super().setup()
        self._is_refused = self.request in self.server.refused
        if self._is_refused:
            self.connection.settimeout(_REFUSAL_TIMEOUT)

    def _serve(self) -> None:
        http_server = self.server.http_server
        try:
            request = self._request()
            if self._is_refused:
                message = f"{MAX_CONNECTIONS} connections are open: close some, and try again"
                raise ApiError(503, message, retry_after=1)
        except ApiError as refusal:
            # The remaining data cannot be distinguished from a next request.
            self._refuse(refusal)
            return
        try:
            response = http_server.answer(request)
        except Exception as error:
            traceback.print_exc()
            message = f"the sandbox failed, which is a fault of its own: {error!r}"
            self._refuse(ApiError(500, message))
            return
        if http_server.on_response:
            http_server.on_response(request, response)
        self._send(response)

    def _request(self) -> httpx.Request:
        """Read the request; raise `ApiError` if it is malformed."""
        headers = self.headers.items()
        if self.headers.defects or any("\n" in value or "\r" in value for _, value in headers):
            raise ApiError(400, "malformed header")
        self._require_own_name()
        try:
            url = httpx.URL(
                scheme="http",
                host=LOOPBACK,
                port=self.server.http_server.port,
                raw_path=_path(self.path).encode("ascii"),
            )
        except (httpx.InvalidURL, UnicodeEncodeError):
            raise ApiError(400, "malformed path") from None
        return httpx.Request(
            self.command,
            url,
            headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            content=self._body(),
        )

    def _require_own_name(self) -> None:
        _, absolute, rest = self.path.partition("://")
        names = self.headers.get_all("host", []) + ([rest.partition("/")[0]] if absolute else [])
        for name in names:
            if not _OWN_NAME.fullmatch(name.strip()):
                raise ApiError(421, f"{name} is not this sandbox, which answers as {LOOPBACK}")

    def _body(self) -> bytes:
        if "transfer-encoding" in self.headers:
            raise ApiError(411, "a body is sent with its Content-Length, not in chunks")
        lengths = self.headers.get_all("content-length", ["0"])
        if len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0]):
            raise ApiError(400, "malformed Content-Length")
        length = int(lengths[0])
        if length > MAX_BODY:
            raise ApiError(413, f"the body is larger than {MAX_BODY} bytes")
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionAbortedError("the client went away within its request")
        return body

    def _refuse(self, refusal: ApiError) -> None:
        self.close_connection = True
        self._send(self.server.http_server.sandbox.api.refuse(refusal))

    def _send(self, response: httpx.Response) -> None:
        head = [f"{self.protocol_version} {response.status_code} {response.reason_phrase}"]
        head += [f"{name}: {value}" for name, value in response.headers.items()]
        if self.close_connection:
            head.append("connection: close")
        content = b"" if self.command == "HEAD" else response.content
        # In one write: a second one would wait for the first to be acknowledged.
        self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1") + content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Reject a request that the standard library could not parse."""
        self._refuse(ApiError(int(code), message or HTTPStatus(code).phrase))

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: `HttpServer.on_response` shows requests."""


def _path(target: str) -> str:
    """Return path and query of a request target, which may be an absolute URL."""
    scheme, separator, rest = target.partition("://")
    if separator and scheme in {"http", "https"}:
        return "/" + rest.partition("/")[2]
    return target
