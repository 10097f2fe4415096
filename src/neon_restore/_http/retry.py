"""Sends a request with retries, and maps error statuses to exceptions."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import httpx
import msgspec

from neon_restore import _clock, _errors
from neon_restore._errors import (
    DeadlinePassed,
    NeonError,
    NeonRestoreError,
    NoAnswer,
    OutcomeUnknown,
    TimedOut,
    UnexpectedAnswer,
)
from neon_restore._events import Retrying
from neon_restore._http.context import CallContext, http_date
from neon_restore._http.exchange import READ_TIMEOUT, Answer, Send
from neon_restore._http.flow import Flow, Sleep
from neon_restore._models.api import ErrorAnswer

T = TypeVar("T")

RETRYABLE_STATUSES = frozenset({423, 429, 503})
"""Statuses by which Neon says that it did nothing, so that any request may be sent again."""
DUPLICATE_DELIVERY_STATUSES = RETRYABLE_STATUSES | {409}
"""Statuses that the second delivery of a duplicated request may get: busy or name taken."""
NO_CONTENT, REQUEST_TIMEOUT = 204, 408
FIRST_BACKOFF, MAX_BACKOFF = 0.5, 5.0
MAX_UNANSWERED_ATTEMPTS = 4
SHORT_READ_TIMEOUT = 15.0
MIN_READ_TIMEOUT = 1.0
"""The minimum seconds for a read, so that a last poll at the deadline can get its response."""
NEVER = float("inf")
CONNECT_ERRORS = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
MAX_MESSAGE_LENGTH = 500
MAX_ID_LENGTH = 100

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
        _errors.Locked,
        "Neon runs one project's operations one after another. Try again when they have ended.",
    ),
    429: (_errors.RateLimited, "Wait a minute and try again."),
}
_BY_CLASS: dict[int, tuple[type[NeonError], str]] = {
    4: (NeonError, "Change what Neon's message names, and try again."),
    5: (_errors.Unavailable, "Try again later: Neon could not answer now."),
}
_OTHER = (NeonError, "Check that NEON_API_HOST is Neon's address, with its path.")


def send_with_retries(
    ctx: CallContext,
    call: Send,
    kind: type[T],
    before_again: Callable[[], Flow[None]] | None = None,
) -> Flow[T]:
    """Send a request until it gets a response, and decode the response.

    With 423, 429 and 503 Neon says that it did nothing: any request is retried until the deadline.
    Without a response, a request is retried only if it is idempotent or never left. After 409,
    423, 429 or 503, `before_again` runs before a retry or before giving up, and can raise.
    """
    pause, unanswered = FIRST_BACKOFF, 0
    while True:
        error: NeonRestoreError
        backoff = pause * _clock.jitter()
        arrived = None
        try:
            answer = yield msgspec.structs.replace(call, timeout=_timeout(ctx, call))
        except httpx.RequestError as fault:
            reason = ctx.redact_exception(fault)
            if not call.idempotent and not isinstance(fault, CONNECT_ERRORS):
                raise _outcome_unknown(ctx, call, f"no answer came ({reason})") from fault
            unanswered += 1
            again = unanswered < MAX_UNANSWERED_ATTEMPTS and call.retry
            wait = backoff if again else NEVER
            kind_of_error = TimedOut if isinstance(fault, httpx.TimeoutException) else NoAnswer
            if again and wait >= ctx.remaining():
                kind_of_error = DeadlinePassed
            error = kind_of_error(
                f"No answer from {ctx.where}: {reason}.",
                advice="Check the network and NEON_API_HOST, then try again.",
            )
            error.__cause__ = fault
        else:
            answer = msgspec.structs.replace(answer, content=ctx.redact_json(answer.content))
            ctx.sync_clock(answer)
            if 200 <= answer.status < 300:
                return _decode(ctx, call, answer, kind)
            error = _error(ctx, call, answer)
            arrived = None if isinstance(error, OutcomeUnknown) else answer.status
            again = arrived in RETRYABLE_STATUSES and call.retry
            wait = max(backoff, _retry_after(answer)) if again else NEVER
        if wait >= ctx.remaining():
            if before_again and arrived in DUPLICATE_DELIVERY_STATUSES:
                yield from before_again()
            raise error
        pausing = timedelta(seconds=round(wait, 1))
        ctx.emit(Retrying(after=ctx.elapsed(), reason=str(error.args[0]), pause=pausing))
        yield Sleep(wait)
        pause = min(pause * 1.5, MAX_BACKOFF)
        if before_again and arrived in DUPLICATE_DELIVERY_STATUSES:
            yield from before_again()


def _timeout(ctx: CallContext, call: Send) -> float:
    """Return the seconds that an exchange may take.

    One that is not idempotent gets its full timeout, past the deadline too: giving up sooner
    leaves its outcome unknown. So a call ends by its deadline and that timeout.
    """
    left = ctx.remaining()
    last = left + READ_TIMEOUT
    if call.idempotent and last > 0:
        longest = READ_TIMEOUT if call.retry else SHORT_READ_TIMEOUT
        return min(max(MIN_READ_TIMEOUT, min(longest, left)), last)
    if left > 0:
        return READ_TIMEOUT
    raise DeadlinePassed(
        f"The deadline of {ctx.timeout:g} s passed before {call.method} {call.path} was sent.",
        advice="Try again with a longer timeout.",
    )


def _decode(ctx: CallContext, call: Send, answer: Answer, kind: type[T]) -> T:
    fault = answer.fault
    # Of an empty body, only 204 says that there was nothing to do.
    none = b"null" if answer.status == NO_CONTENT or kind is object else b""
    if not fault:
        try:
            return msgspec.json.decode(answer.content or none, type=kind)
        except UNREADABLE as error:
            fault = str(error)
    form = ctx.redact(answer.headers.get("Content-Type", "no content type"))
    detail = f"{form[:MAX_ID_LENGTH]}: {fault}"
    if not call.idempotent:
        raise _outcome_unknown(ctx, call, f"the answer could not be read ({detail})", answer)
    raise UnexpectedAnswer(
        f"The answer to {call.method} {call.path} is not in Neon's form ({detail}).",
        advice="Check that NEON_API_HOST is Neon's address and that no proxy answers for it.",
        **_error_details(ctx, answer),
    )


def _error(ctx: CallContext, call: Send, answer: Answer) -> NeonRestoreError:
    status = answer.status
    # A redirect, or an error from something in between, does not say that Neon did nothing.
    is_refused = status == 503 or (400 <= status < 500 and status != REQUEST_TIMEOUT)
    nothing_done = is_refused and _parse_error(answer) is not None
    if not nothing_done and not call.idempotent:
        return _outcome_unknown(ctx, call, f"the answer was {status}", answer)
    kind, advice = _BY_STATUS.get(status) or _BY_CLASS.get(status // 100, _OTHER)
    return kind(
        f"Neon answered {status} to {call.method} {call.path}.",
        advice=advice,
        **_error_details(ctx, answer),
    )


def _outcome_unknown(
    ctx: CallContext, call: Send, why: str, answer: Answer | None = None
) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{call.method} {call.path} was sent, and {why}.",
        changed="unknown: the request may have been carried out. It was not sent again.",
        advice="Look at the project's branches and operations before you repeat anything.",
        **(_error_details(ctx, answer) if answer else {}),
    )


def _error_details(ctx: CallContext, answer: Answer) -> dict[str, Any]:
    """Return the status, message and request id of an error response."""
    found = _parse_error(answer) or ErrorAnswer(message="")
    request_id = found.request_id or ctx.redact(answer.headers.get("X-Request-ID", ""))
    return {
        "status": answer.status,
        "neon_message": found.message[:MAX_MESSAGE_LENGTH] or None,
        "request_id": request_id[:MAX_ID_LENGTH] or None,
    }


def _parse_error(answer: Answer) -> ErrorAnswer | None:
    """Decode Neon's error body, or return None if the response is not from Neon."""
    try:
        return msgspec.json.decode(answer.content, type=ErrorAnswer)
    except UNREADABLE:
        return None


def _retry_after(answer: Answer) -> float:
    """Return the seconds of `Retry-After`, given as seconds or as a time by the server's clock."""
    text = answer.headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    when, now = http_date(text), http_date(answer.headers.get("Date", ""))
    return (when - now).total_seconds() if when and now else 0.0
