"""Connections of the blocking client, which end an exchange in time; needs httpcore."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import httpcore
import httpx

from neon_restore import _clock

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from typing import Any


def send(
    request: httpx.Request, tls: ssl.SSLContext | None, proxy: httpx.Proxy | None
) -> httpx.Response:
    """Send a request on a connection of its own, within its `read` timeout altogether."""
    ends = _clock.monotonic() + request.extensions["timeout"]["read"]
    # A pool of one exchange keeps no connection.
    options: Any = {"max_keepalive_connections": 0, "ssl_context": tls}
    options["network_backend"] = _Network(httpcore.SyncBackend(), ends)
    pool: type[httpcore.ConnectionPool] = httpcore.ConnectionPool
    if proxy is not None:
        options |= {"proxy_url": _url(proxy.url), "proxy_auth": proxy.raw_auth}
        is_socks = proxy.url.scheme.startswith("socks")
        pool = httpcore.SOCKSProxy if is_socks else httpcore.HTTPProxy
    sent = httpcore.Request(
        request.method,
        _url(request.url),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )
    try:
        answer = pool(**options).handle_request(sent)
    except _FAULTS as fault:
        raise _as_httpx(fault) from fault
    return httpx.Response(
        answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions
    )


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


class _Body(httpx.SyncByteStream):
    """The body of a response, with the errors of httpx."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer
        self.close = answer.close  # type: ignore[method-assign]

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._answer.iter_stream()
        except _FAULTS as fault:
            raise _as_httpx(fault) from fault


class _Network(httpcore.NetworkBackend):
    """A network that is there until a moment of the monotonic clock."""

    def __init__(self, network: httpcore.NetworkBackend, ends: float) -> None:
        self._network, self._ends = network, ends

    def connect_tcp(  # type: ignore[override]
        self, host: str, port: int, timeout: float, *options: Any, **named: Any
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that accepts; `timeout` is for each of them."""
        limit = _left(timeout, self._ends, httpcore.ConnectTimeout)
        fault: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in _resolve(host, port, limit):
            limit = _left(timeout, self._ends, httpcore.ConnectTimeout)
            try:
                stream = self._network.connect_tcp(address, port, limit, *options, **named)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
            else:
                return _Stream(stream, self._ends)
        raise fault


def _resolve(host: str, port: int, limit: float) -> list[str]:
    try:
        found = _clock.call_within(
            limit, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), id
        )
    except TimeoutError as late:
        raise httpcore.ConnectTimeout(f"{host} was not resolved in time") from late
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Stream(httpcore.NetworkStream):
    """A connection that lasts until a moment of the monotonic clock."""

    def __init__(self, stream: httpcore.NetworkStream, ends: float) -> None:
        self._stream, self._ends = stream, ends
        self.close = stream.close  # type: ignore[method-assign]
        self.get_extra_info = stream.get_extra_info  # type: ignore[method-assign]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, self._ends, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, self._ends, httpcore.WriteTimeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        limit = _left(timeout, self._ends, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, limit), self._ends)


def _left(timeout: float | None, ends: float, late: type[Exception]) -> float:
    """Return a timeout, shortened to what is left until a moment; raise `late` if nothing is."""
    left = ends - _clock.monotonic()
    if left <= 0:
        raise late("the exchange took too long")
    return min(timeout or left, left)


_FAULTS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
)


def _as_httpx(fault: Exception) -> httpx.TransportError:
    """Return the error of httpx, which has the same name."""
    kind: type[httpx.TransportError] = getattr(httpx, type(fault).__name__)
    return kind(str(fault))
