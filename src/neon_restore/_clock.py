"""The one place that time comes from, so that tests can run on a clock of their own."""

import random
import time
from datetime import UTC, datetime


def now() -> datetime:
    """The time on this machine, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that is never set back."""
    return time.monotonic()


def jitter() -> float:
    """A factor between 0.75 and 1.25, so that who failed together does not return together."""
    return random.uniform(0.75, 1.25)  # noqa: S311 - no secret is made of it


def sleep(seconds: float) -> None:
    """Pause this thread."""
    time.sleep(seconds)


async def asleep(seconds: float) -> None:
    """Pause this task."""
    import asyncio  # costs as much as the rest of this library; blocking users never pay it

    await asyncio.sleep(seconds)
