"""The one place that time comes from, so that tests can run on a clock of their own."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The time on this machine, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that is never set back."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Pause this thread."""
    time.sleep(seconds)


async def asleep(seconds: float) -> None:
    """Pause this task."""
    import asyncio  # costs as much as the rest of this library; blocking users never pay it

    await asyncio.sleep(seconds)
