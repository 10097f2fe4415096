"""Polls Neon's operations until they end."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from neon_restore import _clock
from neon_restore._errors import OperationFailed, StillRunning, explain
from neon_restore._events import OperationProgress
from neon_restore._http import endpoints
from neon_restore._http.context import CallContext
from neon_restore._http.flow import Flow, Sleep
from neon_restore._models.api import Operation

ACCEPTED = "the request was accepted, and Neon goes on with it."
CLOCK_TOLERANCE = timedelta(seconds=3)
"""Neon's times that are further apart than this belong to different requests."""
FIRST_POLL, MAX_POLL = 0.05, 10.0
POLL_FRACTION = 0.25
"""The pause before the next poll, as a fraction of the time waited so far.

So the end is noticed late by at most a quarter of the operations' duration, an eighth on average.
Twenty seconds of operations take about twenty-five polls.
"""


def wait_for_operations(
    ctx: CallContext, operations: Sequence[Operation]
) -> Flow[tuple[Operation, ...]]:
    """Wait until every operation is `finished` or `skipped`.

    Neon runs a project's operations one after another, so they are polled in that order: at
    once, then after increasing pauses.
    """
    began = _clock.monotonic()
    ended = []
    for number, listed in enumerate(operations, 1):
        operation = listed
        while not operation.finished:
            operation = yield from _poll(ctx, operation.id)
            ctx.emit(
                OperationProgress(
                    after=ctx.elapsed(), operation=operation, number=number, of=len(operations)
                )
            )
            if operation.finished:
                break
            if ctx.remaining() <= 0:
                raise StillRunning(
                    f"{operation.action} was still {operation.status} after {ctx.timeout:g} s.",
                    changed=ACCEPTED,
                    advice="Look at the project's operations: Neon goes on by itself.",
                )
            yield next_poll(ctx, began)
        ended.append(operation)
    return tuple(ended)


def find_operations(
    ctx: CallContext, branch_ids: Collection[str], since: datetime, until: datetime | None = None
) -> Flow[tuple[Operation, ...]]:
    """Return the operations on branches between two times, for a request without a response."""
    since -= CLOCK_TOLERANCE
    listed = yield from endpoints.list_operations(ctx, since)
    return tuple(
        operation
        for operation in reversed(listed)
        if operation.branch_id in branch_ids
        and operation.created_at >= since
        and (until is None or operation.created_at <= until + CLOCK_TOLERANCE)
    )


def next_poll(ctx: CallContext, began: float) -> Sleep:
    """Return the pause before the next poll of a wait that began at a monotonic time."""
    pause = max(FIRST_POLL, POLL_FRACTION * (_clock.monotonic() - began))
    return Sleep(min(pause, MAX_POLL, max(ctx.remaining(), FIRST_POLL)))


def _poll(ctx: CallContext, operation_id: str) -> Flow[Operation]:
    with explain(changed=ACCEPTED):
        operation = yield from endpoints.get_operation(ctx, operation_id)
    if operation.failed:
        failure = OperationFailed(
            f"Neon's operation {operation.action} ended as {operation.status}.",
            changed="the request was accepted, and only a part of it may have been done.",
            advice=f"Give Neon's support the operation's id: {operation.id}.",
            neon_message=operation.error or None,
        )
        failure.operation = operation
        raise failure
    return operation
