"""Sends requests that Neon carries out once at most, and settles lost responses by looking."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from neon_restore._errors import NeonRestoreError, OutcomeUnknown
from neon_restore._events import Retrying
from neon_restore._http.context import CallContext
from neon_restore._http.endpoints import BeforeAgain
from neon_restore._http.flow import Flow, Sleep

T = TypeVar("T")

PAUSES = (0.0, 0.5, 2.0, 5.0, 10.0, 15.0)
"""Seconds before each attempt, and before a last look: Neon may take seconds to accept a request.
"""


class _SeenError(Exception):
    """The effect of the request is there; the argument has the form of its response."""


def settle(
    ctx: CallContext,
    send: Callable[[BeforeAgain], Flow[T]],
    look: Callable[[], Flow[T | None]],
    witness: str,
    unlost: str = "",
) -> Flow[T]:
    """Return the response to a request, or what `look` returns once it sees the effect.

    After a lost response the client looks, and sends the request again if it sees nothing: Neon
    has to refuse or ignore a second one. `send` gets a flow to run before a retry.
    """
    lost: list[OutcomeUnknown] = []

    def look_first() -> Flow[None]:
        try:
            answer = yield from look()
        except NeonRestoreError as unseen:
            why = f"Whether the request was carried out could not be seen. {unseen.args[0]}"
            raise _unknown(why, witness) from unseen
        if answer is not None:
            raise _SeenError(answer)

    for pause in PAUSES:
        try:
            if lost:
                seconds = min(pause, max(ctx.remaining(), 0.0))
                reason, paused = str(lost[-1].args[0]), timedelta(seconds=round(seconds, 1))
                ctx.emit(Retrying(after=ctx.elapsed(), reason=reason, pause=paused))
                yield Sleep(seconds)
                yield from look_first()
                if pause == PAUSES[-1]:
                    break
            return (yield from send(look_first))
        except _SeenError as seen:
            if unlost and not lost:
                raise _unknown(unlost, witness) from None
            return seen.args[0]  # type: ignore[no-any-return]
        except OutcomeUnknown as error:
            lost.append(error)
        except NeonRestoreError as error:
            if not lost:
                raise
            failed = f"{lost[-1].args[0]} Another attempt failed: {error.args[0]}"
            raise _unknown(failed, witness) from error
    raise _unknown(str(lost[-1].args[0]), witness) from lost[-1]


def _unknown(what: str, witness: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        what,
        changed="unknown: the request may have been carried out, once at most.",
        advice=f"Wait a minute, then look: {witness} if it was.",
    )
