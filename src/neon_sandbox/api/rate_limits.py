"""Neon's rate limits, measured on the model's clock."""

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from neon_sandbox.model import rules


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The maximum number of requests: per minute in total, and per second on one route."""

    a_minute: int = 700
    a_second_per_route: int = 40


class RateLimiter:
    """A sliding-window rate limiter."""

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits
        self._all: deque[datetime] = deque()
        self._routes: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def count(self, route: str, now: datetime) -> None:
        """Count a request; raise `ApiError` with 429, uncounted, if it exceeds a limit."""
        recent = self._routes[route]
        _check(recent, self._limits.a_second_per_route, timedelta(seconds=1), now)
        _check(self._all, self._limits.a_minute, timedelta(minutes=1), now)
        recent.append(now)
        self._all.append(now)


def _check(times: deque[datetime], limit: int, span: timedelta, now: datetime) -> None:
    while times and times[0] <= now - span:
        times.popleft()
    if len(times) >= limit:
        raise rules.too_many_requests(ceil((times[0] + span - now).total_seconds()))
