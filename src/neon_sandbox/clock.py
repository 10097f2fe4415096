"""The time that a stand-in lives by.

The model reads nothing but ``now()``. A test shares one `SteppedClock` between the stand-in and
the code under test: a sleep there takes no real time and still lets the stand-in's work finish.
"""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Whatever tells the time, as an aware datetime in UTC."""

    def now(self) -> datetime:
        """Return the current instant."""
        ...


class SteppedClock:
    """A clock that stands still until it is told to move.

    Raises ``ValueError`` for a naive start and for a step backwards.
    """

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("the clock needs an aware datetime to start from")
        self._start = start.astimezone(UTC)
        self._elapsed = timedelta()
        # The loopback door and a test may step one clock from two threads.
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the current instant, in UTC."""
        return self._start + self._elapsed

    def monotonic(self) -> float:
        """Return the seconds since the clock was made."""
        return self._elapsed.total_seconds()

    def advance(self, step: timedelta) -> None:
        """Move on by ``step``."""
        if step < timedelta():
            raise ValueError("a clock does not run backwards")
        with self._lock:
            self._elapsed += step

    def advance_to(self, instant: datetime) -> None:
        """Move on to ``instant``, which lies ahead."""
        self.advance(instant - self.now())

    def sleep(self, seconds: float) -> None:
        """Let ``seconds`` pass at once."""
        self.advance(timedelta(seconds=seconds))

    async def asleep(self, seconds: float) -> None:
        """Let ``seconds`` pass at once, and give other asyncio tasks their turn."""
        self.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)
