"""The clocks of a sandbox.

The model reads only ``now()``. A test shares one `SteppedClock` between the sandbox and the code
under test. A sleep in that code takes no real time, but lets the sandbox's operations finish.
"""

import asyncio
import bisect
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

Subscriber = Callable[[bool, timedelta], None]
"""Is told whether a clock runs, and how far it is ahead of the machine's, or else of 1970."""

_EPOCH = datetime.fromtimestamp(0, UTC)


class Clock(Protocol):
    """A source of time, as aware datetimes in UTC."""

    def now(self) -> datetime:
        """Return the current instant."""

    def at_machine_time(self, instant: datetime) -> datetime:
        """Return what this clock showed when the machine's clock showed ``instant``."""

    def subscribe(self, subscriber: Subscriber) -> None:
        """Tell ``subscriber`` how to compute this clock's time, now and at each change."""

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Tell ``subscriber`` nothing more."""


class SteppedClock:
    """A clock that moves only when it is advanced, and never backwards."""

    def __init__(self, start: datetime) -> None:
        # For each step: the time on the machine's clock, and the time that this clock moved to.
        self._stepped_at = [datetime.now(UTC)]
        self._stepped_to = [_aware(start)]
        self._subscribers: list[Subscriber] = []
        # The HTTP server and a test may advance one clock from two threads.
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the current instant, in UTC."""
        return self._stepped_to[-1]

    def at_machine_time(self, instant: datetime) -> datetime:
        """Return what this clock showed after the last step up to ``instant`` of the machine's."""
        with self._lock:
            steps = bisect.bisect_right(self._stepped_at, instant)
            return self._stepped_to[max(steps - 1, 0)]

    def subscribe(self, subscriber: Subscriber) -> None:
        """Tell ``subscriber`` the time now and after each step."""
        with self._lock:
            self._subscribers.append(subscriber)
            subscriber(False, self.now() - _EPOCH)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Tell ``subscriber`` nothing more."""
        with self._lock:
            self._subscribers.remove(subscriber)

    def monotonic(self) -> float:
        """Return the seconds that this clock has advanced."""
        return (self.now() - self._stepped_to[0]).total_seconds()

    def advance(self, step: timedelta) -> None:
        """Advance the clock by ``step``."""
        if step < timedelta():
            raise ValueError("a clock does not run backwards")
        with self._lock:
            self._stepped_at.append(max(datetime.now(UTC), self._stepped_at[-1]))
            self._stepped_to.append(self._stepped_to[-1] + step)
            for subscriber in self._subscribers:
                subscriber(False, self.now() - _EPOCH)

    def advance_to(self, instant: datetime) -> None:
        """Advance the clock to ``instant``, which must not be in the past."""
        self.advance(instant - self.now())

    def sleep(self, seconds: float) -> None:
        """Advance the clock by ``seconds`` without waiting."""
        self.advance(timedelta(seconds=seconds))

    async def asleep(self, seconds: float) -> None:
        """Advance the clock by ``seconds`` without waiting, and let other asyncio tasks run."""
        self.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)


class ShiftedClock:
    """A clock that starts at ``start`` and runs as fast as the machine's; without, it is that."""

    def __init__(self, start: datetime | None = None) -> None:
        self._shift = _aware(start) - datetime.now(UTC) if start else timedelta()

    def now(self) -> datetime:
        """Return the current instant, in UTC."""
        return datetime.now(UTC) + self._shift

    def at_machine_time(self, instant: datetime) -> datetime:
        """Return ``instant`` of the machine's clock, shifted to this clock."""
        return instant.astimezone(UTC) + self._shift

    def subscribe(self, subscriber: Subscriber) -> None:
        """Tell ``subscriber`` the shift, once."""
        subscriber(True, self._shift)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Do nothing: a subscriber was told all there is."""


def _aware(start: datetime) -> datetime:
    if start.tzinfo is None:
        raise ValueError("the clock needs an aware datetime to start from")
    return start.astimezone(UTC)
