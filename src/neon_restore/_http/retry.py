"""Sends a request with retries, and maps error statuses to exceptions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import httpx
import msgspec

from neon_restore import _clock, _errors
from neon_restore._errors import (
    DeadlinePassed,
    NeonError,
    NoAnswer,
    OutcomeUnknown,
    UnexpectedAnswer,
)
from neon_restore._events import Retrying
from neon_restore._http.context import CallContext, http_date
from neon_restore._http.flow import READ_TIMEOUT, Flow, Send, Sleep
from neon_restore._models.api import ErrorAnswer

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from neon_restore._errors import NeonRestoreError

T = TypeVar("T")

RETRYABLE_STATUSES = frozenset({423, 429, 503})
"""Statuses that say that Neon did nothing, so that any request may be sent again."""
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

    423, 429 and 503 say that Neon did nothing: any request is retried until the deadline.
    Without a response, a request is retried only if it is idempotent or never left. After 409,
    423, 429 or 503, `before_again` runs before a retry or before giving up, and can raise.
    """
    pause, unanswered = FIRST_BACKOFF, 0
    while True:
        error: NeonRestoreError
        backoff = pause * _clock.jitter()
        arrived = None
        try:
            response = yield msgspec.structs.replace(call, timeout=_timeout(ctx, call))
        except httpx.RequestError as fault:
            reason = ctx.redact_exception(fault)
            if not call.is_idempotent and not isinstance(fault, CONNECT_ERRORS):
                raise _outcome_unknown(ctx, call, f"no answer came ({reason})") from fault
            unanswered += 1
            again = unanswered < MAX_UNANSWERED_ATTEMPTS and call.retry
            wait = backoff if again else NEVER
            kind_of_error = DeadlinePassed if again and wait >= ctx.remaining() else NoAnswer
            error = kind_of_error(
                f"No answer from {ctx.where}: {reason}.",
                advice="Check the network and NEON_API_HOST, then try again.",
            )
            error.__cause__ = fault
        else:
            ctx.sync_clock(response)
            if response.is_success:
                return _decode(ctx, call, response, kind)
            error = _error(ctx, call, response)
            arrived = None if isinstance(error, OutcomeUnknown) else response.status_code
            again = arrived in RETRYABLE_STATUSES and call.retry
            wait = max(backoff, _retry_after(response)) if again else NEVER
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
    """Return the seconds that a response may take.

    A request that changes something gets its full timeout, past the deadline too: giving up
    sooner leaves its outcome unknown.
    """
    if call.method == "GET":
        longest = READ_TIMEOUT if call.retry else SHORT_READ_TIMEOUT
        return max(MIN_READ_TIMEOUT, min(longest, ctx.remaining()))
    if ctx.remaining() > 0:
        return READ_TIMEOUT
    raise DeadlinePassed(
        f"The deadline of {ctx.timeout:g} s passed before {call.method} {call.path} was sent.",
        advice="Try again with a longer timeout.",
    )


def _decode(ctx: CallContext, call: Send, response: httpx.Response, kind: type[T]) -> T:
    # Of an empty body, only 204 says that there was nothing to do.
    none = b"null" if response.status_code == NO_CONTENT or kind is object else b""
    try:
        return msgspec.json.decode(response.content or none, type=kind)
    except UNREADABLE as fault:
        form = ctx.redact(response.headers.get("Content-Type", "no content type"))
        detail = f"{form}: {ctx.redact(str(fault))}"
    if not call.is_idempotent:
        raise _outcome_unknown(ctx, call, f"the answer could not be read ({detail})", response)
    raise UnexpectedAnswer(
        f"The answer to {call.method} {call.path} is not in Neon's form ({detail}).",
        advice="Check that NEON_API_HOST is Neon's address and that no proxy answers for it.",
        **_error_details(ctx, response),
    )


def _error(ctx: CallContext, call: Send, response: httpx.Response) -> NeonRestoreError:
    status = response.status_code
    # A 503 from a proxy does not say that Neon did nothing.
    nothing_done = status in RETRYABLE_STATUSES and (
        status < 500 or _parse_error(response) is not None
    )
    if (status >= 500 or status == REQUEST_TIMEOUT) and not nothing_done and not call.is_idempotent:
        return _outcome_unknown(ctx, call, f"the answer was {status}", response)
    kind, advice = _BY_STATUS.get(status) or _BY_CLASS.get(status // 100, _OTHER)
    return kind(
        f"Neon answered {status} to {call.method} {call.path}.",
        advice=advice,
        **_error_details(ctx, response),
    )


def _outcome_unknown(
    ctx: CallContext, call: Send, why: str, response: httpx.Response | None = None
) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{call.method} {call.path} was sent, and {why}.",
        changed="unknown: the request may have been carried out. It was not sent again.",
        advice="Look at the project's branches and operations before you repeat anything.",
        **(_error_details(ctx, response) if response else {}),
    )


def _error_details(ctx: CallContext, response: httpx.Response) -> dict[str, Any]:
    """Return the status, message and request id of an error response."""
    answer = _parse_error(response) or ErrorAnswer(message="")
    request_id = answer.request_id or response.headers.get("X-Request-ID", "")
    return {
        "status": response.status_code,
        "neon_message": ctx.redact(answer.message)[:MAX_MESSAGE_LENGTH] or None,
        "request_id": ctx.redact(request_id) or None,
    }


def _parse_error(response: httpx.Response) -> ErrorAnswer | None:
    """Decode Neon's error body, or return None if the response is not from Neon."""
    try:
        return msgspec.json.decode(response.content, type=ErrorAnswer)
    except UNREADABLE:
        return None


def _retry_after(response: httpx.Response) -> float:
    """Return the seconds of `Retry-After`, given as seconds or as a time by the server's clock."""
    text = response.headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    when, now = http_date(text), http_date(response.headers.get("Date", ""))
    return (when - now).total_seconds() if when and now else 0.0
