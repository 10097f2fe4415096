"""Reads the model after a call and says what the call did wrong, whatever it said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tests.faults.calls import is_asked
from tests.faults.evidence import CALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_sandbox.model import Operation
    from tests.faults.evidence import Executed
    from tests.faults.world import World


class Said(StrEnum):
    """What a call said in the end."""

    DONE = "restored"
    PENDING = "Neon has accepted it"
    UNKNOWN = "the outcome is unknown"
    NOTHING = "nothing was changed"
    FAILED = "an error without more"
    INTERRUPTED = "interrupted"
    FOREIGN = "a foreign exception"
    ENDLESS = "requests without end"


class Wrong(StrEnum):
    """What must not happen."""

    DOUBLE_RESTORE = "double restore"
    LOST_BACKUP = "lost backup"
    FALSE_SUCCESS = "false success"
    FALSE_FAILURE = "false failure"
    LEFT_UNPROTECTED = "left unprotected"
    HANG = "hang"
    FOREIGN_EXCEPTION = "foreign exception"


@dataclass(frozen=True)
class Outcome:
    """What a call said, and what was so when it ended.

    ``overtime`` is how many seconds it took beyond what it promises, ``restores`` how many the
    model had carried out, ``unfinished`` the operations that were still to end, for a caller that
    waits for them. ``left_open``: it said that the branch is not protected again.
    """

    said: Said
    words: str = ""
    overtime: float = 0.0
    restores: int | None = None
    unfinished: frozenset[str] = frozenset()
    left_open: bool = False


@dataclass(frozen=True)
class Verdict:
    """What a schedule came to."""

    seed: int
    said: Said
    wrong: tuple[Wrong, ...]
    words: str
    requests: int
    posts: int


def wrongs(world: World, outcome: Outcome, name: str | None) -> tuple[Wrong, ...]:
    """Return what went wrong, once all that was under way has arrived and ended."""
    return tuple(dict.fromkeys(_wrongs(world, outcome, name)))


def _wrongs(world: World, outcome: Outcome, name: str | None) -> Iterator[Wrong]:
    executed = [one for one in world.storage.executed if one.branch_id == world.destination]
    ours = [one for one in world.storage.executed if one.by == CALL]
    said = outcome.said
    if len(ours) > 1:
        yield Wrong.DOUBLE_RESTORE
    if not all(_kept(world, one, name) for one in ours) or not _untouched(world):
        yield Wrong.LOST_BACKUP
    if said is Said.DONE and not _holds(world, outcome, name):
        yield Wrong.FALSE_SUCCESS
    if said is Said.PENDING and not executed:
        yield Wrong.FALSE_SUCCESS
    if said in (Said.NOTHING, Said.FAILED) and ours:
        yield Wrong.FALSE_FAILURE
    if world.protected and said is not Said.INTERRUPTED and not outcome.left_open:
        there = world.model.branches.get(world.destination)
        if there and not there.protected:
            yield Wrong.LEFT_UNPROTECTED
    if said is Said.ENDLESS or outcome.overtime > 0:
        yield Wrong.HANG
    if said is Said.FOREIGN:
        yield Wrong.FOREIGN_EXCEPTION


def _kept(world: World, one: Executed, name: str | None) -> bool:
    """Whether the exact state from before a restore lies where the caller looks for it."""
    if one.preserve_as is None:
        return not world.task.keeps
    if one.preserve_as in world.deleted:
        return True
    backup = world.model.branches.get(one.preserve_as)
    named = backup and (backup.name == name if name else f"{world.task.branch}_old_" in backup.name)
    return bool(named) and world.storage.commits(one.preserve_as) == one.before


def _untouched(world: World) -> bool:
    """Whether every branch from before is there and holds what was last put there, and more."""
    wanted = world.before | {one.branch_id: one.after for one in world.storage.executed}
    there = {key: world.storage.commits(key) for key in world.model.branches}
    restored = {one.branch_id for one in world.storage.executed if one.by == CALL}
    return restored <= {world.destination} and all(
        key in world.deleted or there.get(key, ())[: len(commits)] == commits
        for key, commits in wanted.items()
    )


def _holds(world: World, outcome: Outcome, name: str | None) -> bool:
    """Whether the branch held what was asked for when the call ended, its work ended well."""
    before_end = world.storage.executed[: outcome.restores]
    last = next((one for one in before_end[::-1] if one.branch_id == world.destination), None)
    if last is None or not is_asked(world, last):
        return False
    backup = world.model.branches.get(last.preserve_as or "")
    if name and backup and backup.name != name:
        return False
    return all(
        operation.status == "finished" and operation.id not in outcome.unfinished
        for operation in operations(world, last)
    )


def operations(world: World, one: Executed) -> list[Operation]:
    """Return the operations of a restore: those of its branch, up to the next restore's."""
    starts = [each.operations_before for each in world.storage.executed]
    end = min((start for start in starts if start > one.operations_before), default=None)
    found = list(world.model.operations.values())[one.operations_before : end]
    return [operation for operation in found if operation.branch_id == one.branch_id]
