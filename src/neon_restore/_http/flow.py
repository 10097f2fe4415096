"""Runs flows: generators that hold the logic of a call, written once for both clients.

A flow yields requests, pauses and callbacks, and receives the results. An exception in a step,
also an interruption, is thrown into the flow. Steps that the flow yields after that, such as in
a `finally`, still run before the exception propagates.
"""

from collections.abc import Callable, Generator
from inspect import GEN_CLOSED, getgeneratorstate, isawaitable
from typing import Any, TypeAlias, TypeVar

import httpx
import msgspec

from neon_restore import _clock
from neon_restore._http.context import exception_chain
from neon_restore._http.exchange import Send, exchange, exchange_async

T = TypeVar("T")


class Sleep(msgspec.Struct, frozen=True):
    """A pause, in seconds."""

    seconds: float


class Invoke(msgspec.Struct, frozen=True):
    """A callable of the caller to call; the flow receives its result."""

    do: Callable[[], object]


Flow: TypeAlias = Generator[Send | Sleep | Invoke, Any, T]


def run_sync(flow: Flow[T], http: httpx.Client) -> T:
    """Run a flow with a blocking client."""
    faults: list[BaseException] = []  # popped, to keep them out of tracebacks
    answer: object = None
    while True:
        try:
            step = flow.throw(faults.pop()) if faults else flow.send(answer)
            answer = None
            match step:
                case Send():
                    answer = exchange(http, step)
                case Sleep():
                    _clock.sleep(step.seconds)
                case _:
                    answer = step.do()
        except BaseException as error:
            if getgeneratorstate(flow) == GEN_CLOSED:
                if isinstance(error, StopIteration):
                    return error.value  # type: ignore[no-any-return]
                raise
            faults.append(_strip_tracebacks(error))


async def run_async(flow: Flow[T], http: httpx.AsyncClient) -> T:
    """Run a flow with an asynchronous client."""
    faults: list[BaseException] = []  # popped, to keep them out of tracebacks
    answer: object = None
    is_cancelled = False
    while True:
        try:
            step = flow.throw(faults.pop()) if faults else flow.send(answer)
            answer = None
            if is_cancelled:
                # Some frameworks cancel every await after a cancellation. Without the shield, the
                # flow's cleanup requests would never be sent.
                import anyio

                with anyio.CancelScope(shield=True):
                    answer = await _perform(step, http)
            else:
                answer = await _perform(step, http)
        except BaseException as error:
            if getgeneratorstate(flow) == GEN_CLOSED:
                if isinstance(error, StopIteration):
                    return error.value  # type: ignore[no-any-return]
                raise
            is_cancelled = is_cancelled or not isinstance(error, Exception)
            faults.append(_strip_tracebacks(error))


async def _perform(step: Send | Sleep | Invoke, http: httpx.AsyncClient) -> object:
    match step:
        case Send():
            return await exchange_async(http, step)
        case Sleep():
            await _clock.asleep(step.seconds)
            return None
        case _:
            library = _clock.async_library()
            if library.__name__ == "asyncio":
                answer = await library.to_thread(step.do)
            else:
                from anyio import to_thread

                answer = await to_thread.run_sync(step.do, abandon_on_cancel=True)
            return await answer if isawaitable(answer) else answer


def _strip_tracebacks(error: BaseException) -> BaseException:
    """Return the error without its tracebacks, whose frames hold the `Authorization` header."""
    for link in exception_chain(error):
        link.__traceback__ = None
    return error
