"""What one call of a client knows: its deadline, the server's clock, and who listens."""

from __future__ import annotations

import logging
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import TYPE_CHECKING

from neon_restore import _clock
from neon_restore._errors import UnexpectedAnswer
from neon_restore._models.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from neon_restore._events import Progress
    from neon_restore._http.auth import Secret

log = logging.getLogger("neon_restore")


class CallContext:
    """What one run of a flow knows: project, address, deadline and the server's clock."""

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
        self._began = _clock.monotonic()
        self._ends = self._began + timeout
        self._date = ""
        self._heard_at = self._began

    @property
    def path(self) -> str:
        """The path that everything in the project lies under."""
        return f"/projects/{self.project_id}"

    def remaining(self) -> float:
        """Seconds until the deadline; negative after it."""
        return self._ends - _clock.monotonic()

    def elapsed(self) -> timedelta:
        """The time since the call began."""
        return timedelta(seconds=_clock.monotonic() - self._began)

    def emit(self, event: Progress) -> None:
        """Log an event, and tell the caller of it; a fault of the caller's is logged."""
        log.log(event.level, "%s", printable(str(event)))
        if self._progress is None:
            return
        try:
            self._progress(event)
        except Exception:
            # A restore is under way, perhaps: a line that cannot be drawn does not end it.
            log.exception("The progress callback failed. The call goes on.")

    def extend_deadline(self, seconds: float) -> None:
        """Put the deadline off, to at least so many seconds from now."""
        self._ends += max(0.0, seconds - self.remaining())

    def redact_exception(self, error: BaseException) -> str:
        """Take the key out of an error and of what it came from; return the error in words."""
        for link in exception_chain(error):
            link.args = tuple(self.redact(a) if isinstance(a, str) else a for a in link.args)
        return str(error) or type(error).__name__

    def sync_clock(self, response: httpx.Response) -> None:
        """Set the server's clock by the `Date` of an answer."""
        if date := response.headers.get("Date"):
            self._date, self._heard_at = date, _clock.monotonic()

    def server_now(self) -> datetime:
        """The server's time: its last `Date`, in whole seconds, and what has passed since.

        Raises:
            UnexpectedAnswer: No answer had a `Date`. This machine's clock is no substitute: a
                point in time that is wrong by its error restores the wrong state.

        """
        date = http_date(self._date)
        if date is None:
            raise UnexpectedAnswer(
                f"The answers from {self.where} have no Date, so the time there is not known.",
                advice="Check that NEON_API_HOST is Neon's address and that no proxy drops "
                "headers.",
            )
        return date + timedelta(seconds=_clock.monotonic() - self._heard_at)


def http_date(text: str) -> datetime | None:
    """The time in a header such as `Date`, in UTC, or None where it holds none."""
    from email.utils import parsedate_to_datetime  # slow to import

    try:
        date = parsedate_to_datetime(text)
        date = date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return date if date.year < MAXYEAR else None  # room to count on from it


def exception_chain(error: BaseException) -> list[BaseException]:
    """An error, and what it came from."""
    found = [error]
    for link in found:
        for other in (link.__cause__, link.__context__, *getattr(link, "exceptions", ())):
            if other is not None and not any(other is known for known in found):
                found.append(other)
    return found
