"""Holds the state of one call: its deadline, the server's clock and its progress callback."""

from __future__ import annotations

import logging
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import TYPE_CHECKING

from neon_restore import _clock
from neon_restore._errors import InvalidPoint, UnexpectedAnswer
from neon_restore._models.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from neon_restore._events import Progress
    from neon_restore._http.auth import Secret

log = logging.getLogger("neon_restore")

CLOCK_DRIFT = 2.0
"""Seconds by which this machine's two clocks may come apart in a call."""


class CallContext:
    """The state of one call: project, server, deadline and the server's clock."""

    def __init__(
        self,
        *,
        project_id: str,
        where: str,
        key: Secret,
        timeout: float,
        progress: Callable[[Progress], object] | None = None,
    ) -> None:
        self.project_id = project_id
        self.where = where
        self.redact = key.redact
        self.timeout = timeout
        self._progress = progress
        self._began, self._began_at = _clock.monotonic(), _clock.now()
        self._ends = self._began + timeout
        self._date = ""
        self._heard_at = self._began

    @property
    def path(self) -> str:
        """The path of the project in the API."""
        return f"/projects/{self.project_id}"

    def remaining(self) -> float:
        """Return the seconds until the deadline; negative after it."""
        return self._ends - _clock.monotonic()

    def elapsed(self) -> timedelta:
        """Return the time since the call began."""
        return timedelta(seconds=_clock.monotonic() - self._began)

    def emit(self, event: Progress) -> None:
        """Log an event and pass it to the progress callback; log what the callback raises."""
        log.log(event.level, "%s", printable(str(event)))
        if self._progress is None:
            return
        try:
            self._progress(event)
        except Exception:
            # A restore may be under way: a failed progress display must not end it.
            log.exception("The progress callback failed. The call goes on.")

    def extend_deadline(self, seconds: float) -> None:
        """Extend the deadline to at least this many seconds from now."""
        self._ends += max(0.0, seconds - self.remaining())

    def redact_exception(self, error: BaseException) -> str:
        """Remove the API key from an error and its causes; return the text of the error."""
        for link in exception_chain(error):
            link.args = tuple(self.redact(a) if isinstance(a, str) else a for a in link.args)
        return str(error) or type(error).__name__

    def sync_clock(self, response: httpx.Response) -> None:
        """Set the server's clock by the `Date` header of a response."""
        if date := response.headers.get("Date"):
            self._date, self._heard_at = date, _clock.monotonic()

    def server_now(self) -> datetime:
        """Return the server's time: its last `Date`, in whole seconds, plus the time since.

        Raises:
            UnexpectedAnswer: No response had a `Date`, or the last one is invalid. This machine's
                clock is no substitute: its error would shift the point and restore a wrong state.

        """
        date = http_date(self._date)
        if date is None:
            raise UnexpectedAnswer(
                f"The answers from {self.where} have no Date, so the time there is not known.",
                advice="Check that NEON_API_HOST is Neon's address and that no proxy drops "
                "headers.",
            )
        return date + timedelta(seconds=_clock.monotonic() - self._heard_at)

    def server_began(self) -> datetime:
        """Return the server's time when the call began, up to a second early.

        Raises:
            InvalidPoint: The time since then is not known: this machine was suspended meanwhile,
                or its clock was set.

        """
        drift = (_clock.now() - self._began_at - self.elapsed()).total_seconds()
        if abs(drift) > CLOCK_DRIFT:
            raise InvalidPoint(
                f"This machine's clocks disagree by {abs(drift):.0f} s about how long ago the call "
                "began: it was suspended, or its clock was set.",
                advice="Call again to count from now, or give the time itself, with its zone.",
            )
        return self.server_now() - self.elapsed()


def http_date(text: str) -> datetime | None:
    """Return the time in a header such as `Date`, in UTC, or None if it has no valid time."""
    from email.utils import parsedate_to_datetime  # slow to import

    try:
        date = parsedate_to_datetime(text)
        date = date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return date if date.year < MAXYEAR else None  # leaves room to add to it


def exception_chain(error: BaseException) -> list[BaseException]:
    """Return an error with its causes, contexts and grouped exceptions."""
    found = [error]
    for link in found:
        for other in (link.__cause__, link.__context__, *getattr(link, "exceptions", ())):
            if other is not None and not any(other is known for known in found):
                found.append(other)
    return found
