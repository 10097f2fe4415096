"""The only source of time in the client, so that tests can replace the clock."""

import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from threading import Thread
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def now() -> datetime:
    """Return the time on this machine, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Return the seconds of a clock that never goes backward."""
    return time.monotonic()


def jitter() -> float:
    """Return a factor between 0.75 and 1.25, so that clients do not retry at the same moment."""
    return random.uniform(0.75, 1.25)  # noqa: S311 - no secret is made of it


def sleep(seconds: float) -> None:
    """Block this thread."""
    time.sleep(seconds)


def call_within(seconds: float, do: Callable[[], T], discard: Callable[[T], object]) -> T:
    """Call a function that nothing can interrupt, for so many seconds of real time.

    After them its thread is left alone, and what it still returns goes to `discard`.

    Raises:
        TimeoutError: The function has not returned.

    """
    from concurrent.futures import Future

    future: Future[T] = Future()

    def call() -> None:
        try:
            result = do()
        except Exception as error:
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
        else:
            if future.set_running_or_notify_cancel():
                future.set_result(result)
            else:
                discard(result)

    Thread(target=call, daemon=True).start()
    try:
        return future.result(seconds)
    except TimeoutError:
        if future.cancel():
            raise
        return future.result()


async def asleep(seconds: float) -> None:
    """Suspend this task."""
    await async_library().sleep(seconds)


@asynccontextmanager
async def limit(seconds: float) -> AsyncIterator[None]:
    """Interrupt the block after so many seconds of real time, with a `TimeoutError`."""
    library = async_library()
    if library.__name__ == "asyncio":
        async with library.timeout(seconds):
            yield
    else:
        with library.fail_after(seconds):
            yield


def async_library() -> ModuleType:
    """Return the module `asyncio`, or outside of its event loops `anyio`, which serves trio.

    Both are slow to import, and the blocking client needs neither. A web page has no anyio.
    """
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        import anyio

        return anyio
    return asyncio
