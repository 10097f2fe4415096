"""Sending one call: what is tried again, and what an error status means."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import httpx
import msgspec

from . import _clock, _errors
from ._errors import NeonError, NoAnswer, OutcomeUnknown, UnexpectedAnswer
from ._flow import READ_TIMEOUT, Call, Flow, Pause, Run, http_date
from ._models import ErrorAnswer
from ._progress import TryingAgain

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._errors import NeonRestoreError

T = TypeVar("T")

TRIED_AGAIN = frozenset({423, 429, 503})
"""Statuses that say that nothing was done, so that any request may be sent again."""
SECOND_OF_TWO = TRIED_AGAIN | {409}
"""Statuses that a request which was delivered twice may get the second time: busy, or taken."""
TIMED_OUT = 408
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
ATTEMPTS_WITHOUT_ANSWER = 4
IMPATIENT_TIMEOUT = 15.0
SHORTEST_TIMEOUT = 1.0
"""Seconds that a read gets at least, so that a last look at the deadline can be answered."""
NEVER = float("inf")
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
LONGEST_MESSAGE = 500

_BY_STATUS: dict[int, tuple[type[NeonError], str]] = {
    401: (
        _errors.NotAuthorized,
        "Check NEON_API_KEY: a key from another account, or a revoked one, gives this answer.",
    ),
    403: (_errors.NotAuthorized, "Use a key that may change this project."),
    404: (
        _errors.NotFound,
        "Check NEON_PROJECT_ID, and that the key belongs to the project's account.",
    ),
    423: (
        _errors.Busy,
        "Neon runs one project's operations one after another. Try again when they have ended.",
    ),
    429: (_errors.RateLimited, "Wait a minute and try again."),
}
_BY_CLASS: dict[int, tuple[type[NeonError], str]] = {
    4: (NeonError, "Change what Neon's message names, and try again."),
    5: (_errors.Unavailable, "Try again later: Neon could not answer now."),
}
_OTHER = (NeonError, "Check that NEON_API_HOST is Neon's address, with its path.")


def send(
    run: Run, call: Call, kind: type[T], before_again: Callable[[], Flow[None]] | None = None
) -> Flow[T]:
    """Send a call until it is answered, and decode the answer.

    423, 429 and 503 say that nothing was done: any call is sent again, until the deadline.
    Without an answer only a call that may be repeated, or one that never left, is sent again.
    What is to be looked at before another attempt, and before giving up, can end it by raising.
    """
    pause, unanswered = FIRST_PAUSE, 0
    while True:
        error: NeonRestoreError
        backoff = pause * _clock.jitter()
        arrived = None
        try:
            response = yield msgspec.structs.replace(call, timeout=_timeout(run, call))
        except httpx.RequestError as fault:
            reason = run.scrub(fault)
            if not call.may_repeat and not isinstance(fault, NEVER_SENT):
                raise _unknown(run, call, f"no answer came ({reason})") from fault
            unanswered += 1
            error = NoAnswer(
                f"No answer from {run.where}: {reason}.",
                advice="Check the network and NEON_API_HOST, then try again.",
            )
            error.__cause__ = fault
            again = unanswered < ATTEMPTS_WITHOUT_ANSWER and call.patient
            wait = backoff if again else NEVER
        else:
            run.heard(response)
            if response.is_success:
                return _decode(run, call, response, kind)
            error = _error(run, call, response)
            arrived = None if isinstance(error, OutcomeUnknown) else response.status_code
            again = arrived in TRIED_AGAIN and call.patient
            wait = max(backoff, _retry_after(response)) if again else NEVER
        if wait >= run.remaining():
            if before_again and arrived in SECOND_OF_TWO:
                yield from before_again()
            raise error
        pausing = timedelta(seconds=round(wait, 1))
        run.tell(TryingAgain(after=run.elapsed(), reason=str(error.args[0]), pause=pausing))
        yield Pause(wait)
        pause = min(pause * 1.5, LONGEST_PAUSE)
        if before_again and arrived in SECOND_OF_TWO:
            yield from before_again()


def _timeout(run: Run, call: Call) -> float:
    """Seconds that an answer may take.

    That of a call which changes something is waited for past the deadline: to give up sooner
    leaves nobody knowing what happened.
    """
    if call.method == "GET":
        longest = READ_TIMEOUT if call.patient else IMPATIENT_TIMEOUT
        return max(SHORTEST_TIMEOUT, min(longest, run.remaining()))
    if run.remaining() > 0:
        return READ_TIMEOUT
    raise NoAnswer(
        f"The deadline of {run.timeout:g} s passed before {call.method} {call.path} was sent.",
        advice="Try again with a longer timeout.",
    )


def _decode(run: Run, call: Call, response: httpx.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(response.content or b"null", type=kind)
    except UNREADABLE as fault:
        form = run.redact(response.headers.get("Content-Type", "no content type"))
        detail = f"{form}: {run.redact(str(fault))}"
    if not call.may_repeat:
        raise _unknown(run, call, f"the answer could not be read ({detail})", response)
    raise UnexpectedAnswer(
        f"The answer to {call.method} {call.path} is not in Neon's form ({detail}).",
        advice="Check that NEON_API_HOST is Neon's address and that no proxy answers for it.",
        **_told(run, response),
    )


def _error(run: Run, call: Call, response: httpx.Response) -> NeonRestoreError:
    status = response.status_code
    # A 503 of something between here and Neon does not say that nothing was done.
    nothing_done = status in TRIED_AGAIN and (status < 500 or _read(response) is not None)
    if (status >= 500 or status == TIMED_OUT) and not nothing_done and not call.may_repeat:
        return _unknown(run, call, f"the answer was {status}", response)
    kind, advice = _BY_STATUS.get(status) or _BY_CLASS.get(status // 100, _OTHER)
    return kind(
        f"Neon answered {status} to {call.method} {call.path}.",
        advice=advice,
        **_told(run, response),
    )


def _unknown(
    run: Run, call: Call, why: str, response: httpx.Response | None = None
) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{call.method} {call.path} was sent, and {why}.",
        changed="unknown: the request may have been carried out. It was not sent again.",
        advice="Look at the project's branches and operations before you repeat anything.",
        **(_told(run, response) if response else {}),
    )


def _told(run: Run, response: httpx.Response) -> dict[str, Any]:
    """What an answer says about itself."""
    answer = _read(response) or ErrorAnswer(message="")
    request_id = answer.request_id or response.headers.get("X-Request-ID", "")
    return {
        "status": response.status_code,
        "neon_message": run.redact(answer.message)[:LONGEST_MESSAGE] or None,
        "request_id": run.redact(request_id) or None,
    }


def _read(response: httpx.Response) -> ErrorAnswer | None:
    """What Neon says of an error, or None where it was not Neon who answered."""
    try:
        return msgspec.json.decode(response.content, type=ErrorAnswer)
    except UNREADABLE:
        return None


def _retry_after(response: httpx.Response) -> float:
    """Seconds that the server asks to wait, given as seconds or as a time by its own clock."""
    text = response.headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    when, now = http_date(text), http_date(response.headers.get("Date", ""))
    return (when - now).total_seconds() if when and now else 0.0
