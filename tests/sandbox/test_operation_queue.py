"""Tests of the operation queue, with jobs of any duration."""

from datetime import UTC, datetime, timedelta

from neon_sandbox.model import Operation
from neon_sandbox.model.operation_queue import OperationQueue
from neon_sandbox.storage import Outcome

START = datetime(2026, 11, 20, 14, 40, tzinfo=UTC)
OPERATION_DURATIONS = {"first": timedelta(seconds=1), "second": timedelta(seconds=2)}


class Work:
    """A queue with one request of two operations, scheduled at the start, and its job."""

    def __init__(self, ended: Outcome | None = None) -> None:
        self.ended = ended
        self.queue = OperationQueue(OPERATION_DURATIONS)
        self.finished: list[datetime] = []
        self.operations = [
            Operation(action, action, "br-x", None, START, START) for action in OPERATION_DURATIONS
        ]
        self.queue.schedule(self.operations, START, self, self.finished.append)

    def outcome(self) -> Outcome | None:
        """Return the outcome of the job, or ``None`` until a test ends it."""
        return self.ended

    def at(self, seconds: float) -> list[str]:
        """Advance the queue to some seconds after the start; return the statuses."""
        self.queue.advance(START + timedelta(seconds=seconds))
        return [operation.status for operation in self.operations]


def test_an_operation_waits_for_its_job() -> None:
    work = Work()
    assert work.at(60) == ["running", "scheduling"]
    work.ended = Outcome()
    assert work.at(61) == ["finished", "running"]
    assert work.operations[0].took == timedelta(seconds=61)
    assert work.at(63) == ["finished", "finished"]
    assert work.finished == [START + timedelta(seconds=63)]


def test_what_is_scheduled_behind_waits_its_turn() -> None:
    work = Work(Outcome())
    behind = Operation("third", "first", "br-x", None, START, START)
    work.queue.schedule([behind], START, None, work.finished.append)
    assert work.queue.ends_at() == START + timedelta(seconds=4)
    seen = []
    for seconds in (2.5, 3.5, 4):
        work.at(seconds)
        seen.append(behind.status)
    assert seen == ["scheduling", "running", "finished"]
    assert work.finished[-1] == START + timedelta(seconds=4)


def test_work_without_operations_is_finished_at_once() -> None:
    work = Work(Outcome())
    work.at(60)
    now = START + timedelta(seconds=60)
    work.queue.schedule([], now, None, work.finished.append)
    assert work.finished[-1] == now
    assert work.queue.ends_at() is None
