"""The queue of operations, which take time and run one after another.

[rule: operations-in-turn] [rule: receipt] [rule: operation-statuses]
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from neon_sandbox.model import rules
from neon_sandbox.model.entities import Operation
from neon_sandbox.storage import Job, Outcome


class AllOf:
    """Several jobs as one, which ends when all have ended, with the first error in their order."""

    def __init__(self, *jobs: Job) -> None:
        self._jobs = jobs

    def outcome(self) -> Outcome | None:
        """Return the common outcome, or ``None`` while any job runs."""
        outcomes = [job.outcome() for job in self._jobs]
        if None in outcomes:
            return None
        errors = [outcome.error for outcome in outcomes if outcome and outcome.error]
        return Outcome(errors[0] if errors else "")


@dataclass(slots=True)
class _Request:
    """The operations that one request scheduled, their job, and the callback for their success."""

    operations: deque[Operation]
    job: Job | None
    then: Callable[[datetime], None]
    # Set when the duration of an operation has passed and the job still runs.
    late: bool = False


class OperationQueue:
    """A queue of operations that run one after another, brought up to date by `advance`.

    An operation ends when its duration has passed on the model's clock and its job has ended.
    """

    def __init__(self, operation_durations: Mapping[str, timedelta]) -> None:
        self._durations = operation_durations
        self._requests: deque[_Request] = deque()

    @property
    def busy(self) -> bool:
        """Whether any operation is unfinished."""
        return bool(self._requests)

    def schedule(
        self,
        operations: Iterable[Operation],
        now: datetime,
        job: Job | None,
        then: Callable[[datetime], None] = lambda _: None,
    ) -> None:
        """Add operations to the queue; call ``then`` if the last one finishes without an error."""
        self._requests.append(_Request(deque(operations), job, then))
        if len(self._requests) == 1:
            _begin(self._requests[0], now)
        self.advance(now)

    def advance(self, now: datetime) -> None:
        """Update every operation to its status at ``now``."""
        while self._requests:
            ended = self._advance(self._requests[0], now)
            if ended is None:
                return
            self._requests.popleft()
            if self._requests:
                _begin(self._requests[0], ended)

    def ends_at(self) -> datetime | None:
        """Return when the last operation ends if no job is late, or ``None`` if idle."""
        end: datetime | None = None
        for operation in chain.from_iterable(request.operations for request in self._requests):
            end = (end or operation.updated_at) + self._duration(operation)
        return end

    def _duration(self, operation: Operation) -> timedelta:
        return self._durations.get(operation.action, timedelta())

    def _advance(self, request: _Request, now: datetime) -> datetime | None:
        """Advance one request; return when its last operation ended, or ``None`` before that."""
        ended = now
        while request.operations:
            operation = request.operations[0]
            due = operation.updated_at + self._duration(operation)
            if due > now:
                return None
            outcome = request.job.outcome() if request.job else Outcome()
            if outcome is None:
                request.late = True
                return None
            ended = now if request.late else due
            request.late = False
            operation.took, operation.updated_at = ended - operation.updated_at, ended
            if outcome.error:
                _fail(request, outcome.error, ended)
                return ended
            operation.status = "finished"
            request.operations.popleft()
            _begin(request, ended)
        request.then(ended)
        return ended


def _begin(request: _Request, at: datetime) -> None:
    if request.operations:
        request.operations[0].status = "running"
        request.operations[0].updated_at = at


def _fail(request: _Request, error: str, at: datetime) -> None:
    failed = request.operations.popleft()
    failed.status, failed.error = "failed", error
    for operation in request.operations:
        operation.status = rules.STATUS_AFTER_FAILURE
        operation.updated_at = at
    request.operations.clear()
