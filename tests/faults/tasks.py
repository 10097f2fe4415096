"""What is restored: a few restores that differ in what they could lose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.client.world import DEVELOPMENT, GOOD, PRODUCTION

if TYPE_CHECKING:
    from tests.faults.evidence import Executed
    from tests.faults.schedule import Schedule
    from tests.faults.world import World

EARLIER = "2026-11-20T14:00:00Z"


@dataclass(frozen=True)
class Task:
    """A restore: of which branch, from which, at which point, and whether the past is kept.

    ``earlier`` has production restored once before, which leaves the backup ``before``.
    """

    words: str
    branch: str = "production"
    source: str | None = None
    timestamp: str | None = None
    by_lsn: bool = False
    keeps: bool = True
    rollback: bool = False
    earlier: bool = False

    @property
    def post(self) -> int:
        """Which exchange of the call sends the restore when nothing goes wrong, from 0 on."""
        return 2 if self.timestamp else 1


TASKS = (
    Task("own history at a time", timestamp=GOOD),
    Task("own history at an LSN", by_lsn=True),
    Task("another branch at its head", source="development"),
    Task("another root at a time", source="before", timestamp=GOOD, earlier=True),
    Task("a child from its parent", branch="development", source="production"),
    Task("a rollback", source="before", rollback=True, earlier=True),
    Task("keeping nothing", branch="development", source="production", keeps=False),
)


def body(world: World, task: Task, name: str | None) -> dict[str, str]:
    """Return the body of the request that asks for a task."""
    source = world.sandbox.branch(task.source or task.branch)
    asked = {"source_branch_id": source.id}
    if task.timestamp:
        asked["source_timestamp"] = task.timestamp
    if task.by_lsn:
        asked["source_lsn"] = str(world.good_lsn)
    return asked | ({"preserve_under_name": name} if name and task.keeps else {})


def call(neon: Any, world: World, schedule: Schedule) -> Any:
    """Make the call of a schedule, and return what it returns."""
    task, name = schedule.task, schedule.name
    if task.rollback:
        return neon.rollback(
            task.source, branch=task.branch, backup_name=name, unprotect=schedule.protected
        )
    return neon.restore(
        task.branch,
        at=task.timestamp,
        lsn=str(world.good_lsn) if task.by_lsn else None,
        source=task.source,
        backup_name=name if task.keeps else None,
        discard_previous_state=not task.keeps,
        unprotect=schedule.protected,
    )


def resume(neon: Any, schedule: Schedule) -> Any:
    """Take the call of a schedule up from another process, which knows the names."""
    branch, protect = schedule.task.branch, schedule.protected
    return neon.resume(branch, backup_name=schedule.name, protect=protect)


def is_asked(world: World, executed: Executed) -> bool:
    """Say whether a restore gave its branch what the task asks for, by the commits alone."""
    task = world.task
    wanted = executed.source_before
    if task.timestamp:
        wanted = tuple(c for c in wanted if c.time.isoformat() <= task.timestamp)
    if task.by_lsn:
        wanted = tuple(c for c in wanted if c.lsn <= world.good_lsn)
    source = executed.source_name == (task.source or task.branch)
    return source and not executed.error and executed.after == wanted


def branch_id(task: Task) -> str:
    """Return the id of the branch that a task restores."""
    return {"production": PRODUCTION, "development": DEVELOPMENT}[task.branch]
