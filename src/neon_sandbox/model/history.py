"""The history of a branch: available points in time, and the commits they resolve to."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from neon_sandbox.model import rules
from neon_sandbox.model.entities import Branch, Database, Role
from neon_sandbox.model.state import State
from neon_sandbox.points import Lsn, Position, parse_instant, write_instant
from neon_sandbox.storage import Locked

T = TypeVar("T")


def oldest_instant(model: State, branch: Branch) -> datetime:
    """Return the start of the window or of the branch's history. [rule: child-history]"""
    return max(
        model.now() - model.project.window, model.project.history_floor, branch.history_since
    )


def resolve(
    model: State, branch: Branch, timestamp: str | None, lsn: str | None
) -> Position | None:
    """Return the last commit at or before a point, or ``None`` without one. [rule: last-commit]"""
    if timestamp is not None and lsn is not None:
        raise rules.two_points()
    if timestamp is not None:
        return _at_time(model, branch, timestamp)
    if lsn is not None:
        return _at_lsn(model, branch, lsn)
    return None


def databases_at(branch: Branch, at: Position | None) -> dict[str, Database]:
    """Return the databases that a branch had at a position, or has for ``None``."""
    if at is None:
        return dict(branch.databases)
    found = [one for one, until in branch.former_databases if at.time < until]
    found += branch.databases.values()
    return {one.name: one for one in found if one.updated_at <= at.time}


def roles_at(branch: Branch, at: Position | None) -> dict[str, Role]:
    """Return the roles that a branch has, and those that it had at a position.

    Neon leaves out what was created after the position. [rule: roles-at-a-point]
    [rule: roles-deleted-since]
    """
    former = [
        one
        for one, until in branch.former_roles
        if at and one.created_at <= at.time < until and one.name not in branch.roles
    ]
    return {one.name: one for one in former} | branch.roles


def former_at(
    former: tuple[tuple[T, datetime], ...], at: Position | None
) -> tuple[tuple[T, datetime], ...]:
    """Return what had been changed or deleted up to a position."""
    return tuple(pair for pair in former if at is None or pair[1] <= at.time)


def schema(
    model: State, branch: Branch, database: str, *, timestamp: str | None, lsn: str | None
) -> str:
    """Return the schema of a database as SQL text, at a point or at the head."""
    position = resolve(model, branch, timestamp, lsn)
    if database not in databases_at(branch, position):
        raise rules.not_found("database")
    try:
        return model.storage.schema(branch.id, database, position)
    except Locked:
        raise rules.schema_locked(database) from None


def set_window(model: State, seconds: int) -> None:
    """Set the history window of every branch, in seconds; zero disables all points in time.

    A longer window does not bring back the history that a shorter one dropped.
    """
    window = timedelta(seconds=seconds)
    project = model.project
    if window > project.plan.largest_window:
        largest = project.plan.largest_window // timedelta(seconds=1)
        raise rules.retention_beyond_plan(seconds, largest)
    project.history_floor = max(project.history_floor, model.now() - project.window)
    project.window = window


def parse(read: Callable[[str], T], text: str) -> T:
    """Parse text as ``read`` does; raise `ApiError` with 400 if it is malformed."""
    try:
        return read(text)
    except ValueError:
        raise rules.malformed_point(text) from None


def _at_time(model: State, branch: Branch, text: str) -> Position:
    instant = parse(parse_instant, text)
    oldest = _require_window(model, branch)
    now = model.now()
    if instant > now:
        raise rules.in_the_future(write_instant(now))
    position = model.storage.locate(branch.id, instant) if instant >= oldest else None
    if position is None:
        raise rules.before_history(write_instant(oldest))
    return position


def _at_lsn(model: State, branch: Branch, text: str) -> Position:
    lsn = parse(Lsn.parse, text)
    oldest = _require_window(model, branch)
    head = model.storage.locate(branch.id, None)
    if head is not None and lsn > head.lsn:
        raise rules.past_head(str(head.lsn))
    # The oldest state available is that of the last commit at or before the start of the window.
    floor = model.storage.locate(branch.id, oldest)
    position = model.storage.locate(branch.id, lsn)
    if position is None or (floor is not None and lsn < floor.lsn):
        raise rules.before_history(write_instant(oldest))
    return position


def _require_window(model: State, branch: Branch) -> datetime:
    if not model.project.window:
        raise rules.history_disabled()
    return oldest_instant(model, branch)
