"""Holds the state of one call: its deadline, the server's clock and its progress callback."""

import logging
from collections.abc import Callable
from datetime import MAXYEAR, UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from neon_restore import _clock
from neon_restore._errors import InvalidPoint, UnexpectedAnswer
from neon_restore._events import Progress
from neon_restore._http.auth import Secret
from neon_restore._http.exchange import Answer
from neon_restore._models.text import printable

log = logging.getLogger("neon_restore")

MAX_CLOCK_DRIFT = 2.0
"""Seconds by which this machine's two clocks may differ over a call; a suspend makes it more."""
MAX_ROUND_TRIP = 10.0
"""Seconds of a round trip after which its `Date` no longer says what time it is at the server."""


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
        self.path = f"/projects/{project_id}"
        self.where = where
        self.redact = key.redact
        self.redact_json = key.redact_json
        self.timeout = timeout
        self._progress = progress
        self._began = _clock.monotonic()
        self._began_at = _clock.now()
        self._ends = self._began + timeout
        self._date: datetime | None = None
        self._heard_at = self._began
        self._round_trip = 0.0

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

    def sync_clock(self, answer: Answer) -> None:
        """Set the server's clock by the `Date` header of a response, if it holds a time."""
        if date := http_date(answer.headers.get("Date", "")):
            self._date, self._heard_at = date, answer.arrived_at
            self._round_trip = answer.arrived_at - answer.sent_at

    def server_now(self) -> datetime:
        """Return the server's time: its last `Date`, in whole seconds, plus the time since.

        If no response had a valid `Date`, it raises `UnexpectedAnswer`. This machine's clock is no
        substitute: its error would shift the point and restore a wrong state.
        """
        return self._server_time(_clock.monotonic())

    def server_stamp(self) -> datetime:
        """Return the server's time with this machine's microseconds, for a name of its own.

        The server's clock is known only to the second, in which two names may be made.
        """
        return self.server_now().replace(microsecond=_clock.now().microsecond)

    def server_began(self) -> datetime:
        """Return the server's time when the call began, or up to a round trip and a second before.

        It cannot be told if this machine was suspended or its clock was set during the call, or if
        the server took more than 10 s to tell its time.
        """
        began = self._server_time(self._began)
        drift = (_clock.now() - self._began_at) - self.elapsed()
        if abs(drift.total_seconds()) > MAX_CLOCK_DRIFT:
            why = "this machine was suspended, or its clock was set"
        elif self._round_trip > MAX_ROUND_TRIP:
            why = f"{self.where} took {self._round_trip:.0f} s to answer"
        else:
            return began
        raise InvalidPoint(
            f"The moment when the call began cannot be told: {why}.",
            advice='Give a time instead of a timedelta, such as "2026-11-20T14:31:00Z".',
        )

    def _server_time(self, moment: float) -> datetime:
        if self._date is None:
            raise UnexpectedAnswer(
                f"The answers from {self.where} have no Date, so the time there is not known.",
                advice="Check that NEON_API_HOST is Neon's address and that no proxy drops "
                "headers.",
            )
        return self._date + timedelta(seconds=moment - self._heard_at)


def http_date(text: str) -> datetime | None:
    """Return the time in a header such as `Date`, in UTC, or None if it has no valid time."""
    try:
        date = parsedate_to_datetime(text)
        date = date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return date if 1 < date.year < MAXYEAR else None  # leaves room to add and subtract


def exception_chain(error: BaseException) -> list[BaseException]:
    """Return an error with its causes, contexts and grouped exceptions."""
    found = [error]
    for link in found:
        for other in (link.__cause__, link.__context__, *getattr(link, "exceptions", ())):
            if other is not None and not any(other is known for known in found):
                found.append(other)
    return found
