"""Exchanges one request for its answer, within limits of time and size."""

import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlencode

import httpx
import msgspec

from neon_restore import _clock
from neon_restore._errors import Refused

READ_TIMEOUT = 75.0
"""Seconds for an exchange. Neon was measured to take 6.7 s to accept a restore."""
CONNECT_TIMEOUT = 10.0
MAX_CONTENT = 10 * 2**20
"""The bytes that the body of a response may have, as sent and decompressed."""


class Send(msgspec.Struct, frozen=True, kw_only=True):
    """A request to send; the flow receives its `Answer`.

    `timeout` limits the whole exchange: to connect, send, and receive headers and body.
    """

    method: str
    path: str
    params: dict[str, str] = {}
    body: dict[str, Any] | None = None
    idempotent: bool = False
    retry: bool = True
    timeout: float = READ_TIMEOUT


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A response, received to its end, or until it turned out to be unreadable.

    `fault` says why the body is unreadable; the content is empty then. By the monotonic clock, the
    request was about to be sent at `sent_at`, and the headers had arrived at `arrived_at`.
    """

    status: int
    headers: httpx.Headers
    content: bytes = b""
    fault: str = ""
    sent_at: float = 0.0
    arrived_at: float = 0.0

    def __repr__(self) -> str:
        return f"Answer({self.status})"  # the content may have a password


def exchange(http: httpx.Client, call: Send) -> Answer:
    """Send a request and receive its answer."""
    request, sent_at = _request(http, call, _raise_write_fault), _clock.monotonic()
    response = http.send(request, stream=True)
    try:
        arrived_at, body = _clock.monotonic(), bytearray()
        # The raw stream: httpx would decompress without a limit.
        for chunk in cast("httpx.SyncByteStream", response.stream):
            body += chunk
            if _is_too_much(body, call, sent_at):
                break
    finally:
        response.close()
    return _answer(response, body, sent_at, arrived_at)


async def exchange_async(http: httpx.AsyncClient, call: Send) -> Answer:
    """Send a request and receive its answer, as `exchange` does."""
    request, sent_at = _request(http, call, _raise_write_fault_async), _clock.monotonic()
    try:
        async with _clock.limit(call.timeout):
            response = await http.send(request, stream=True)
            try:
                arrived_at, body = _clock.monotonic(), bytearray()
                async for chunk in cast("httpx.AsyncByteStream", response.stream):
                    body += chunk
                    if _is_too_much(body, call, sent_at):
                        break
            finally:
                await response.aclose()
    except TimeoutError as error:
        raise _too_slow(call) from error
    return _answer(response, body, sent_at, arrived_at)


def _is_too_much(body: bytearray, call: Send, sent_at: float) -> bool:
    if _clock.monotonic() - sent_at > call.timeout:
        raise _too_slow(call)
    return len(body) > MAX_CONTENT


def _too_slow(call: Send) -> httpx.ReadTimeout:
    return httpx.ReadTimeout(f"no complete answer came within {call.timeout:.3g} s")


def _answer(response: httpx.Response, body: bytearray, sent_at: float, arrived_at: float) -> Answer:
    content, fault = bytes(body), ""
    # A proxy may name an encoding also of a body that is not there.
    coding = response.headers.get("Content-Encoding", "").strip().lower() if body else ""
    if coding in ("gzip", "x-gzip", "deflate"):
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # for both formats
        try:
            content = unpacker.decompress(body, MAX_CONTENT + 1)
            fault = "" if unpacker.eof else "it was cut off"
        except zlib.error:
            fault = "it cannot be decompressed"
    elif coding not in ("", "identity"):
        fault = "an encoding that was not asked for"
    if max(len(body), len(content)) > MAX_CONTENT:
        fault = f"more than {MAX_CONTENT // 2**20} MiB"
    return Answer(
        status=response.status_code,
        headers=response.headers,
        content=b"" if fault else content,
        fault=fault,
        sent_at=sent_at,
        arrived_at=arrived_at,
    )


def _request(
    http: httpx.Client | httpx.AsyncClient, call: Send, trace: Callable[..., object]
) -> httpx.Request:
    if http.is_closed:
        raise Refused(
            f"The client is closed, so {call.method} {call.path} was not sent.",
            advice="Make a new client, and close it when the last call has ended.",
        )
    connect = min(CONNECT_TIMEOUT, call.timeout)
    try:
        return http.build_request(
            call.method,
            _url(str(http.base_url), call.path, urlencode(call.params)),
            content=None if call.body is None else msgspec.json.encode(call.body),
            headers=None if call.body is None else {"Content-Type": "application/json"},
            timeout=httpx.Timeout(call.timeout, connect=connect, pool=connect),
            extensions={"trace": trace},
        )
    except (UnicodeError, httpx.InvalidURL):
        raise Refused(
            f"{call.method} {call.path} cannot be sent: a name in it is too long, or has "
            "characters that no request can carry.",
            advice="Check the names that you gave.",
        ) from None


def _raise_write_fault(event: str, info: dict[str, Any]) -> None:
    """Raise the fault of a request that was not written whole, as a `trace` of httpcore.

    httpcore would read an answer all the same, which may not be one to this request.
    """
    fault = info.get("exception")
    is_write = event.endswith(("send_request_headers.failed", "send_request_body.failed"))
    if is_write and isinstance(fault, Exception):
        raise httpx.WriteError(str(fault)) from fault


async def _raise_write_fault_async(event: str, info: dict[str, Any]) -> None:
    _raise_write_fault(event, info)


@lru_cache(maxsize=64)  # polling requests the same URL repeatedly
def _url(base: str, path: str, query: str) -> httpx.URL:
    return httpx.URL(f"{base.rstrip('/')}{path}{'?' if query else ''}{query}")
