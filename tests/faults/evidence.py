"""A storage that records restores, and a clock that runs actions when they are due."""

import asyncio
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from neon_sandbox import MemoryStorage, Model, Position, SteppedClock
from neon_sandbox.storage.memory import Commit

Commits = tuple[Commit, ...]

CALL = "the call"
OTHERS = "others"


@dataclass(frozen=True)
class Executed:
    """A restore that the sandbox carried out: its caller, its branches and their commits."""

    by: str
    branch_id: str
    source_name: str
    preserve_as: str | None
    before: Commits
    source_before: Commits
    after: Commits
    error: str
    # The number of operations in the project before the restore.
    operations_before: int


class RecordingStorage(MemoryStorage):
    """An in-memory storage that records every restore and its caller."""

    def __init__(self) -> None:
        super().__init__()
        self.model: Model | None = None
        self.by = CALL
        self.executed: list[Executed] = []

    def restore(
        self, branch_id: str, source_id: str, at: Position | None, *, preserve_as: str | None
    ) -> Any:
        """Restore, and record the commits before and after."""
        before, source_before = self.commits(branch_id), self.commits(source_id)
        job = super().restore(branch_id, source_id, at, preserve_as=preserve_as)
        outcome = job.outcome()
        if self.model:
            self.executed.append(
                Executed(
                    by=self.by,
                    branch_id=branch_id,
                    source_name=self.model.branches[source_id].name,
                    preserve_as=preserve_as,
                    before=before,
                    source_before=source_before,
                    after=self.commits(branch_id),
                    error=outcome.error,
                    operations_before=len(self.model.operations),
                )
            )
        return job


class EventClock(SteppedClock):
    """A stepped clock that runs actions when they are due, also in the middle of a sleep."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self._agenda: list[tuple[datetime, Callable[[], object]]] = []

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Run an action in the given number of seconds."""
        due = self.now() + timedelta(seconds=seconds)
        insort(self._agenda, (due, action), key=itemgetter(0))

    def advance(self, step: timedelta) -> None:
        """Advance the clock; an action that raises stops it when the action was due."""
        end = self.now() + step
        while self._agenda and self._agenda[0][0] <= end:
            due, action = self._agenda.pop(0)
            super().advance(max(due - self.now(), timedelta()))
            action()
        super().advance(end - self.now())

    async def asleep(self, seconds: float) -> None:
        """Sleep in a task; an interrupt cancels the task."""
        try:
            self.advance(timedelta(seconds=seconds))
        except KeyboardInterrupt:
            await cancelled()
        await asyncio.sleep(0)


async def cancelled() -> None:
    """Cancel the running task; does not return."""
    if task := asyncio.current_task():
        task.cancel()
    await asyncio.sleep(0)
