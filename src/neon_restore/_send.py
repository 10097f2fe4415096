"""Sending one call: what is tried again, and what an error status means."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

import httpx
import msgspec

from . import _errors
from ._errors import NeonError, NoAnswer, OutcomeUnknown, UnexpectedAnswer
from ._flow import READ_TIMEOUT, Call, Flow, Pause, Run
from ._models import ErrorAnswer

if TYPE_CHECKING:
    from ._errors import NeonRestoreError

T = TypeVar("T")
log = logging.getLogger("neon_restore")

TRIED_AGAIN = frozenset({423, 429, 503})
"""Statuses that say that nothing was done, so that any request may be sent again."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
UNREACHED_ATTEMPTS = 4
NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)

_BY_STATUS: dict[int, type[NeonError]] = {
    401: _errors.NotAuthorized,
    403: _errors.NotAuthorized,
    404: _errors.NotFound,
    423: _errors.Busy,
    429: _errors.RateLimited,
}
_ADVICE = {
    401: "Check NEON_API_KEY: a key from another account, or a revoked one, gives this answer.",
    403: "Use a key that may change this project.",
    404: "Check NEON_PROJECT_ID, and that the key belongs to the project's account.",
    423: "Neon runs one project's operations one after another. Try again when they have ended.",
    429: "Wait a minute and try again.",
}


def send(run: Run, call: Call, kind: type[T]) -> Flow[T]:
    """Send a call until it is answered, and decode the answer.

    423, 429 and 503 say that nothing was done: any call is sent again, until the deadline.
    Without an answer only a call that reads, or one that never left, is sent again.
    """
    pause, unreached = FIRST_PAUSE, 0
    while True:
        error: NeonRestoreError
        try:
            timeout = max(0.001, min(READ_TIMEOUT, run.remaining()))
            response = yield msgspec.structs.replace(call, timeout=timeout)
        except httpx.RequestError as fault:
            if not call.only_reads and not isinstance(fault, NEVER_SENT):
                raise _unknown(call, f"no answer came ({_reason(run, fault)})") from fault
            unreached += 1
            error = NoAnswer(
                f"No answer from {run.where}: {_reason(run, fault)}.",
                advice="Check the network and NEON_API_HOST, then try again.",
            )
            error.__cause__ = fault
            wait = pause if unreached < UNREACHED_ATTEMPTS else float("inf")
        else:
            run.heard(response)
            if response.is_success:
                return _decode(run, call, response, kind)
            error = _error(run, call, response)
            again = response.status_code in TRIED_AGAIN
            wait = max(pause, _retry_after(run, response)) if again else float("inf")
        if wait >= run.remaining():
            raise error
        log.info("%s %s: %s Trying again in %.1f s.", call.method, call.path, error.args[0], wait)
        yield Pause(wait)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _decode(run: Run, call: Call, response: httpx.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(response.content or b"null", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        form = response.headers.get("Content-Type", "no content type")
        detail = run.redact(str(fault))
        if not call.only_reads:
            raise _unknown(call, f"the answer could not be read ({form}: {detail})") from None
        raise UnexpectedAnswer(
            f"The answer to {call.method} {call.path} is not in Neon's form ({form}: {detail}).",
            advice="Check that NEON_API_HOST is Neon's address and that no proxy answers for it.",
            status=response.status_code,
        ) from None


def _error(run: Run, call: Call, response: httpx.Response) -> NeonRestoreError:
    status = response.status_code
    try:
        answer = msgspec.json.decode(response.content, type=ErrorAnswer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = ErrorAnswer()
    message = "".join(c if c.isprintable() else " " for c in run.redact(answer.message)[:500])
    request_id = answer.request_id or response.headers.get("X-Request-ID")
    if status >= 500 and status not in TRIED_AGAIN and not call.only_reads:
        return _unknown(call, "Neon failed while answering", status, message, request_id)
    kind = _errors.Unavailable if status >= 500 else _BY_STATUS.get(status, NeonError)
    return kind(
        f"Neon answered {status} to {call.method} {call.path}.",
        advice=_ADVICE.get(status, ""),
        status=status,
        neon_message=message or None,
        request_id=run.redact(request_id) if request_id else None,
    )


def _unknown(
    call: Call,
    why: str,
    status: int | None = None,
    message: str | None = None,
    request_id: str | None = None,
) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{call.method} {call.path} was sent, and {why}.",
        changed="unknown: the request may have been carried out. It was not sent again.",
        advice="Look at the project's branches and operations before you repeat anything.",
        status=status,
        neon_message=message or None,
        request_id=request_id,
    )


def _reason(run: Run, fault: httpx.RequestError) -> str:
    return run.redact(str(fault)) or type(fault).__name__


def _retry_after(run: Run, response: httpx.Response) -> float:
    text = response.headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        when: datetime = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - run.server_now()).total_seconds())
