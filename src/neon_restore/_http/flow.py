"""Flows: each piece of work is written once, as a generator, and driven by two clients.

A flow yields calls and pauses, and is sent the responses. What goes wrong while a step is
served, an interruption included, is thrown into the flow; what the flow yields after that,
in a `finally` for example, is still served before the error goes on its way.
"""

from collections.abc import Callable, Generator
from functools import lru_cache
from inspect import GEN_CLOSED, getgeneratorstate, isawaitable
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlencode

import httpx
import msgspec

from neon_restore import _clock
from neon_restore._errors import Refused
from neon_restore._http.context import exception_chain

T = TypeVar("T")

READ_TIMEOUT = 75.0
"""Seconds to wait for an answer. Neon has been measured to take 6.7 s to accept a restore."""
CONNECT_TIMEOUT = 10.0


class Send(msgspec.Struct, frozen=True, kw_only=True):
    """A request to send; the flow is sent its response."""

    method: str
    path: str
    params: dict[str, str] = {}
    body: dict[str, Any] | None = None
    idempotent: bool = False
    retry: bool = True
    timeout: float = READ_TIMEOUT

    @property
    def is_idempotent(self) -> bool:
        """Whether to carry it out twice is to carry it out once."""
        return self.idempotent or self.method == "GET"


class Sleep(msgspec.Struct, frozen=True):
    """A time to wait, in seconds."""

    seconds: float


class Invoke(msgspec.Struct, frozen=True):
    """Something of the caller's to do; the flow is sent what it returns."""

    do: Callable[[], object]


Flow: TypeAlias = Generator[Send | Sleep | Invoke, Any, T]


def run_sync(flow: Flow[T], http: httpx.Client) -> T:
    """Run a flow with a blocking client."""
    faults: list[BaseException] = []  # popped, so that no traceback through here shows them
    answer: object = None
    while True:
        try:
            step = flow.throw(faults.pop()) if faults else flow.send(answer)
            answer = None
            match step:
                case Send():
                    answer = http.send(_request(http, step))
                case Sleep():
                    _clock.sleep(step.seconds)
                case _:
                    answer = step.do()
        except BaseException as error:
            if getgeneratorstate(flow) == GEN_CLOSED:
                return _result_or_raise(error)  # type: ignore[no-any-return]
            faults.append(_strip_tracebacks(error))


async def run_async(flow: Flow[T], http: httpx.AsyncClient) -> T:
    """Run a flow with an asynchronous client."""
    faults: list[BaseException] = []  # popped, so that no traceback through here shows them
    answer: object = None
    is_cancelled = False
    while True:
        try:
            step = flow.throw(faults.pop()) if faults else flow.send(answer)
            answer = None
            if is_cancelled:
                # Some frameworks cancel every await from the first on: what a flow still has to
                # put right would never leave.
                import anyio

                with anyio.CancelScope(shield=True):
                    answer = await _perform(step, http)
            else:
                answer = await _perform(step, http)
        except BaseException as error:
            if getgeneratorstate(flow) == GEN_CLOSED:
                return _result_or_raise(error)  # type: ignore[no-any-return]
            is_cancelled = is_cancelled or not isinstance(error, Exception)
            faults.append(_strip_tracebacks(error))


async def _perform(step: Send | Sleep | Invoke, http: httpx.AsyncClient) -> object:
    match step:
        case Send():
            return await http.send(_request(http, step))
        case Sleep():
            await _clock.asleep(step.seconds)
            return None
        case _:
            import asyncio

            answer = await asyncio.to_thread(step.do)
            return await answer if isawaitable(answer) else answer


def _result_or_raise(end: BaseException) -> Any:
    """What a flow returned, or the error that it ended with."""
    if isinstance(end, StopIteration):
        return end.value
    raise end


def _strip_tracebacks(error: BaseException) -> BaseException:
    """The error without the frames below ours, whose variables hold the key's header."""
    for link in exception_chain(error):
        link.__traceback__ = None
    return error


def _request(http: httpx.Client | httpx.AsyncClient, call: Send) -> httpx.Request:
    connect = min(CONNECT_TIMEOUT, call.timeout)
    try:
        return http.build_request(
            call.method,
            _url(str(http.base_url), call.path, urlencode(call.params)),
            content=None if call.body is None else msgspec.json.encode(call.body),
            headers=None if call.body is None else {"Content-Type": "application/json"},
            timeout=httpx.Timeout(call.timeout, connect=connect, pool=connect),
        )
    except (UnicodeError, httpx.InvalidURL):
        raise Refused(
            f"{call.method} {call.path} cannot be sent: a name in it is too long, or has "
            "characters that no request can carry.",
            advice="Check the names that you gave.",
        ) from None


@lru_cache(maxsize=64)  # to wait is to ask one address again and again
def _url(base: str, path: str, query: str) -> httpx.URL:
    return httpx.URL(f"{base.rstrip('/')}{path}{'?' if query else ''}{query}")
