"""The clocks of a sandbox.

The model reads nothing but ``now()``. A test shares one `SteppedClock` between the sandbox and
the code under test: a sleep there takes no real time and still lets the sandbox's work finish.
"""

from __future__ import annotations

import asyncio
import bisect
import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Whatever tells the time, as an aware datetime in UTC."""

    def now(self) -> datetime:
        """Return the current instant."""
        ...

    def wall(self, instant: datetime) -> datetime:
        """Return what this clock showed when the machine's own clock showed ``instant``."""
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
        # When the machine's clock showed what, at each step: the two lists go together.
        self._stepped_at = [datetime.now(UTC)]
        self._stepped_to = [self._start]
        # The loopback door and a test may step one clock from two threads.
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the current instant, in UTC."""
        return self._start + self._elapsed

    def wall(self, instant: datetime) -> datetime:
        """Return where the last step before an instant of the machine's own clock led to."""
        with self._lock:
            steps = bisect.bisect_right(self._stepped_at, instant)
            return self._stepped_to[max(steps - 1, 0)]

    def monotonic(self) -> float:
        """Return the seconds since the clock was made."""
        return self._elapsed.total_seconds()

    def advance(self, step: timedelta) -> None:
        """Move on by ``step``."""
        if step < timedelta():
            raise ValueError("a clock does not run backwards")
        with self._lock:
            self._elapsed += step
            self._stepped_at.append(max(datetime.now(UTC), self._stepped_at[-1]))
            self._stepped_to.append(self._start + self._elapsed)

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


class ShiftedClock:
    """A clock that starts at an instant of its own and runs on as the machine's does.

    Raises ``ValueError`` for a naive start.
    """

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("the clock needs an aware datetime to start from")
        self._shift = start.astimezone(UTC) - datetime.now(UTC)

    def now(self) -> datetime:
        """Return the current instant, in UTC."""
        return datetime.now(UTC) + self._shift

    def wall(self, instant: datetime) -> datetime:
        """Return an instant of the machine's own clock, shifted."""
        return instant.astimezone(UTC) + self._shift
