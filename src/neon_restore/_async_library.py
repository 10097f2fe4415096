"""What the asynchronous client needs of asyncio, or of anyio under another library such as trio."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType


@asynccontextmanager
async def limit(seconds: float) -> AsyncIterator[None]:
    """Interrupt the block after so many seconds of real time, with a `TimeoutError`."""
    library = running()
    if library.__name__ == "asyncio":
        async with library.timeout(seconds):
            yield
    else:
        with library.fail_after(seconds):
            yield


def running() -> ModuleType:
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
