"""The only source of time in the client, so that tests can replace the clock."""

import random
import time
from datetime import UTC, datetime

from neon_restore import _async_library


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
    await _async_library.running().sleep(seconds)
