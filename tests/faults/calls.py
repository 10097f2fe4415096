"""The calls that a schedule makes, and a check of their result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.faults.evidence import Executed
    from tests.faults.harness import Harness
    from tests.faults.schedule import Schedule


def call(neon: Any, harness: Harness, schedule: Schedule) -> Any:
    """Make the call of a schedule and return its result."""
    task, name = schedule.task, schedule.name
    if task.rollback:
        return neon.rollback(
            task.source, branch=task.branch, backup_name=name, unprotect=schedule.protected
        )
    return neon.restore(
        task.branch,
        at=task.timestamp,
        lsn=str(harness.good_lsn) if task.by_lsn else None,
        source=task.source,
        backup_name=name if task.keeps else None,
        discard_previous_state=not task.keeps,
        unprotect=schedule.protected,
    )


def resume(neon: Any, schedule: Schedule) -> Any:
    """Resume the call of a schedule as another process that knows the names."""
    branch, protect = schedule.task.branch, schedule.protected
    return neon.resume(branch, backup_name=schedule.name, protect=protect)


def is_asked(harness: Harness, executed: Executed) -> bool:
    """Return whether a restore gave its branch the requested commits."""
    task = harness.task
    wanted = executed.source_before
    if task.timestamp:
        wanted = tuple(c for c in wanted if c.time.isoformat() <= task.timestamp)
    if task.by_lsn:
        wanted = tuple(c for c in wanted if c.lsn <= harness.good_lsn)
    source = executed.source_name == (task.source or task.branch)
    return source and not executed.error and executed.after == wanted
