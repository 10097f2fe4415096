"""The only source of time in the client, so that tests can replace the clock."""

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import ModuleType


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
