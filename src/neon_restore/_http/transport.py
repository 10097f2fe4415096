"""Connections of the blocking client, which end an exchange in time; needs httpcore."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import httpcore
import httpx

from neon_restore import _clock

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator
    from typing import Any


def send(
    request: httpx.Request, tls: ssl.SSLContext | None, proxy: httpx.Proxy | None
) -> httpx.Response:
    """Send a request on a connection of its own, within the `read` timeout of the request.

    Raises:
        httpx.TransportError: The exchange failed, or took longer.

    """
    network = _Network(_clock.monotonic() + request.extensions["timeout"]["read"])
    pool = _pool(network, tls, proxy)
    try:
        answer = pool.handle_request(
            httpcore.Request(
                request.method,
                _url(request.url),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
    except _FAULTS as fault:
        raise _as_httpx(fault) from fault
    return httpx.Response(
        answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions
    )


def _pool(
    network: _Network, tls: ssl.SSLContext | None, proxy: httpx.Proxy | None
) -> httpcore.ConnectionPool:
    # Kept connections would go to a pool that is not used again.
    options: Any = {
        "network_backend": network,
        "ssl_context": tls,
        "max_keepalive_connections": 0,
    }
    if proxy is None:
        return httpcore.ConnectionPool(**options)
    options |= {"proxy_url": _url(proxy.url), "proxy_auth": proxy.raw_auth}
    if proxy.url.scheme.startswith("socks"):
        return httpcore.SOCKSProxy(**options)
    return httpcore.HTTPProxy(**options)


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


class _Body(httpx.SyncByteStream):
    """The body of a response, with the errors of httpx."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._answer.iter_stream()
        except _FAULTS as fault:
            raise _as_httpx(fault) from fault

    def close(self) -> None:
        self._answer.close()


class _Network(httpcore.NetworkBackend):
    """The network until a moment of the monotonic clock."""

    def __init__(self, ends: float) -> None:
        self._ends = ends
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that accepts; `timeout` is for each of them."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        fault: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in dict.fromkeys(str(entry[4][0]) for entry in found):
            limit = self.limit(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._system.connect_tcp(
                    address, port, limit, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
            else:
                return _Stream(stream, self)
        raise fault

    def limit(self, timeout: float | None, late: type[Exception]) -> float:
        """Return a timeout, shortened to what is left; raise `late` if nothing is."""
        left = self._ends - _clock.monotonic()
        if left <= 0:
            raise late("the exchange took too long")
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    """A connection until the end of its network."""

    def __init__(self, stream: httpcore.NetworkStream, network: _Network) -> None:
        self._stream = stream
        self._network = network
        self.close = stream.close  # type: ignore[method-assign]
        self.get_extra_info = stream.get_extra_info  # type: ignore[method-assign]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._network.limit(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._network.limit(timeout, httpcore.WriteTimeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        limit = self._network.limit(timeout, httpcore.ConnectTimeout)
        stream = self._stream.start_tls(ssl_context, server_hostname, limit)
        return _Stream(stream, self._network)


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
