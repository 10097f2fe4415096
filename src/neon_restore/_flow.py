"""Flows: each piece of work is written once, as a generator, and driven by two clients.

A flow yields calls and pauses, and is sent the responses. What goes wrong while a step is
served, an interruption included, is thrown into the flow; what the flow yields after that,
in a `finally` for example, is still served before the error goes on its way.
"""

import logging
from collections.abc import Callable, Generator
from datetime import MAXYEAR, UTC, datetime, timedelta
from functools import lru_cache
from inspect import GEN_CLOSED, getgeneratorstate, isawaitable
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlencode

import httpx
import msgspec

from . import _clock
from ._errors import Refused, UnexpectedAnswer
from ._progress import Progress
from ._secrets import Secret
from ._text import printable

T = TypeVar("T")
log = logging.getLogger("neon_restore")

READ_TIMEOUT = 75.0
"""Seconds to wait for an answer. Neon has been measured to take 6.7 s to accept a restore."""
CONNECT_TIMEOUT = 10.0


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request to send; the flow is sent its response."""

    method: str
    path: str
    params: dict[str, str] = {}
    body: dict[str, Any] | None = None
    repeatable: bool = False
    patient: bool = True
    timeout: float = READ_TIMEOUT

    @property
    def may_repeat(self) -> bool:
        """Whether to carry it out twice is to carry it out once."""
        return self.repeatable or self.method == "GET"


class Pause(msgspec.Struct, frozen=True):
    """A time to wait, in seconds."""

    seconds: float


class Work(msgspec.Struct, frozen=True):
    """Something of the caller's to do; the flow is sent what it returns."""

    do: Callable[[], object]


Flow: TypeAlias = Generator[Call | Pause | Work, Any, T]


class Run:
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

    def tell(self, event: Progress) -> None:
        """Log an event, and tell the caller of it; a fault of the caller's is logged."""
        log.log(event.level, "%s", printable(str(event)))
        if self._progress is None:
            return
        try:
            self._progress(event)
        except Exception:
            # A restore is under way, perhaps: a line that cannot be drawn does not end it.
            log.exception("The progress callback failed. The call goes on.")

    def extend(self, seconds: float) -> None:
        """Put the deadline off, to at least so many seconds from now."""
        self._ends += max(0.0, seconds - self.remaining())

    def scrub(self, error: BaseException) -> str:
        """Take the key out of an error and of what it came from; return the error in words."""
        for link in chain(error):
            link.args = tuple(self.redact(a) if isinstance(a, str) else a for a in link.args)
        return str(error) or type(error).__name__

    def heard(self, response: httpx.Response) -> None:
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


def drive(flow: Flow[T], http: httpx.Client) -> T:
    """Run a flow with a blocking client."""
    faults: list[BaseException] = []  # popped, so that no traceback through here shows them
    answer: object = None
    while True:
        try:
            step = flow.throw(faults.pop()) if faults else flow.send(answer)
            answer = None
            match step:
                case Call():
                    answer = http.send(_request(http, step))
                case Pause():
                    _clock.sleep(step.seconds)
                case _:
                    answer = step.do()
        except BaseException as error:
            if getgeneratorstate(flow) == GEN_CLOSED:
                return _ended(error)  # type: ignore[no-any-return]
            faults.append(_without_frames(error))


async def adrive(flow: Flow[T], http: httpx.AsyncClient) -> T:
    """Run a flow with an asynchronous client."""
    faults: list[BaseException] = []  # popped, so that no traceback through here shows them
    answer: object = None
    is_cancelled = False
    while True:
        try:
            step = flow.throw(faults.pop()) if faults else flow.send(answer)
            answer = None
            if is_cancelled:
                # Some frameworks cancel every await from the first on: what a flow still has to
                # put right would never leave.
                import anyio

                with anyio.CancelScope(shield=True):
                    answer = await _served(step, http)
            else:
                answer = await _served(step, http)
        except BaseException as error:
            if getgeneratorstate(flow) == GEN_CLOSED:
                return _ended(error)  # type: ignore[no-any-return]
            is_cancelled = is_cancelled or not isinstance(error, Exception)
            faults.append(_without_frames(error))


async def _served(step: Call | Pause | Work, http: httpx.AsyncClient) -> object:
    match step:
        case Call():
            return await http.send(_request(http, step))
        case Pause():
            await _clock.asleep(step.seconds)
            return None
        case _:
            import asyncio

            answer = await asyncio.to_thread(step.do)
            return await answer if isawaitable(answer) else answer


def _ended(end: BaseException) -> Any:
    """What a flow returned, or the error that it ended with."""
    if isinstance(end, StopIteration):
        return end.value
    raise end


def _without_frames(error: BaseException) -> BaseException:
    """The error without the frames below ours, whose variables hold the key's header."""
    for link in chain(error):
        link.__traceback__ = None
    return error


def chain(error: BaseException) -> list[BaseException]:
    """An error, and what it came from."""
    found = [error]
    for link in found:
        for other in (link.__cause__, link.__context__, *getattr(link, "exceptions", ())):
            if other is not None and not any(other is known for known in found):
                found.append(other)
    return found


def _request(http: httpx.Client | httpx.AsyncClient, call: Call) -> httpx.Request:
    connect = min(CONNECT_TIMEOUT, call.timeout)
    try:
        return http.build_request(
            call.method,
            _url(str(http.base_url), call.path, urlencode(call.params)),
            content=None if call.body is None else msgspec.json.encode(call.body),
            headers=None if call.body is None else {"Content-Type": "application/json"},
            timeout=httpx.Timeout(call.timeout, connect=connect, pool=connect),
        )
    except (UnicodeError, httpx.InvalidURL):
        raise Refused(
            f"{call.method} {call.path} cannot be sent: a name in it is too long, or has "
            "characters that no request can carry.",
            advice="Check the names that you gave.",
        ) from None


@lru_cache(maxsize=64)  # to wait is to ask one address again and again
def _url(base: str, path: str, query: str) -> httpx.URL:
    return httpx.URL(f"{base.rstrip('/')}{path}{'?' if query else ''}{query}")
