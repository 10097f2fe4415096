"""An oracle that finds violations in the model after a call, whatever the call reported."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from neon_sandbox.model import Operation
from tests.faults.evidence import CALL, Executed
from tests.faults.harness import Harness
from tests.faults.schedule import Schedule


class Reported(StrEnum):
    """The outcome that a call reported."""

    DONE = "restored"
    OVERWROTE = "restored, and overwrote another restore"
    PENDING = "Neon has accepted it"
    UNKNOWN = "the outcome is unknown"
    NOTHING = "nothing was changed"
    FAILED = "an error without more"
    INTERRUPTED = "interrupted"
    FOREIGN = "a foreign exception"
    ENDLESS = "requests without end"


class Violation(StrEnum):
    """A result that must not occur."""

    DOUBLE_RESTORE = "double restore"
    LOST_BACKUP = "lost backup"
    FALSE_SUCCESS = "false success"
    FALSE_FAILURE = "false failure"
    LEFT_UNPROTECTED = "left unprotected"
    UNTOLD = "untold overwrite"
    HANG = "hang"
    FOREIGN_EXCEPTION = "foreign exception"


@dataclass(frozen=True)
class Outcome:
    """What a call reported, and the state when it ended."""

    said: Reported
    words: str = ""
    # The seconds beyond the promised limit.
    overtime: float = 0.0
    # How many restores the model had carried out.
    restores: int | None = None
    # The operations that had not ended, for a caller that waits for them.
    unfinished: frozenset[str] = frozenset()
    # Whether the call reported the branch as not protected again.
    left_open: bool = False
    # Whether Neon was still at work on the branch.
    at_work: bool = False
    # How many restores the model had carried out when the call last read the branches before its
    # first restore; None if that is not known.
    seen_before: int | None = None
    # For an unknown outcome: what would have shown it to any client, or empty if nothing.
    evidence: str | None = None


@dataclass(frozen=True)
class Verdict:
    """The verdict on a schedule."""

    seed: int
    said: Reported
    wrong: tuple[Violation, ...]
    words: str
    requests: int
    posts: int
    # For an unknown outcome: what would have shown it to any client, or empty if nothing.
    evidence: str | None = None


def judged(
    harness: Harness, schedule: Schedule, outcome: Outcome, requests: int, posts: int
) -> Verdict:
    """Return the verdict, once all requests have arrived and all operations have ended."""
    wrong = tuple(dict.fromkeys(_violations(harness, outcome, schedule.name)))
    said, words, evidence = outcome.said, outcome.words, outcome.evidence
    return Verdict(schedule.seed, said, wrong, words, requests, posts, evidence)


def _violations(harness: Harness, outcome: Outcome, name: str | None) -> Iterator[Violation]:
    restored = any(one.branch_id == harness.destination for one in harness.storage.executed)
    ours = [one for one in harness.storage.executed if one.by == CALL]
    said = outcome.said
    if len(ours) > 1:
        yield Violation.DOUBLE_RESTORE
    if not all(_kept(harness, one, name) for one in ours) or not _untouched(harness):
        yield Violation.LOST_BACKUP
    is_done = said in (Reported.DONE, Reported.OVERWROTE)
    if is_done and (outcome.at_work or not _holds(harness, outcome, name)):
        yield Violation.FALSE_SUCCESS
    if said is Reported.PENDING and not restored:
        yield Violation.FALSE_SUCCESS
    if said in (Reported.NOTHING, Reported.FAILED) and ours:
        yield Violation.FALSE_FAILURE
    if said in (Reported.DONE, Reported.OVERWROTE) and outcome.seen_before is not None:
        others = _overwritten(harness, outcome.seen_before)
        if others is not (said is Reported.OVERWROTE):
            yield Violation.UNTOLD
    if harness.protected and said is not Reported.INTERRUPTED and not outcome.left_open:
        there = harness.model.branches.get(harness.destination)
        if there and not there.protected:
            yield Violation.LEFT_UNPROTECTED
    if said is Reported.ENDLESS or outcome.overtime > 0:
        yield Violation.HANG
    if said is Reported.FOREIGN:
        yield Violation.FOREIGN_EXCEPTION


def _overwritten(harness: Harness, seen_before: int) -> bool:
    """Return whether another restore came between the last look at the branches and the call's."""
    later = harness.storage.executed[seen_before:]
    # Without one of its own, the call has taken another's of the same name for it: the last one.
    ours = next((at for at, one in enumerate(later) if one.by == CALL), len(later) - 1)
    return any(one.branch_id == harness.destination for one in later[:ours])


def _kept(harness: Harness, one: Executed, name: str | None) -> bool:
    """Return whether the expected backup branch holds the exact state before a restore."""
    if one.preserve_as is None:
        return not harness.task.keeps
    if one.preserve_as in harness.deleted:
        return True
    backup = harness.model.branches.get(one.preserve_as)
    if backup is None or harness.storage.commits(one.preserve_as) != one.before:
        return False
    return backup.name == name if name else f"{harness.task.branch}_old_" in backup.name


def _untouched(harness: Harness) -> bool:
    """Return whether the call restored no other branch and no branch lost commits."""
    wanted = harness.before | {one.branch_id: one.after for one in harness.storage.executed}
    there = {key: harness.storage.commits(key) for key in harness.model.branches}
    restored = {one.branch_id for one in harness.storage.executed if one.by == CALL}
    return restored <= {harness.destination} and all(
        key in harness.deleted or there.get(key, ())[: len(commits)] == commits
        for key, commits in wanted.items()
    )


def _holds(harness: Harness, outcome: Outcome, name: str | None) -> bool:
    """Return whether the call ended with the requested data and finished operations."""
    before_end = harness.storage.executed[: outcome.restores]
    last = next((one for one in before_end[::-1] if one.branch_id == harness.destination), None)
    if last is None or not _is_asked(harness, last):
        return False
    backup = harness.model.branches.get(last.preserve_as or "")
    if name and backup and backup.name != name:
        return False
    return all(
        operation.status == "finished" and operation.id not in outcome.unfinished
        for operation in _operations(harness, last)
    )


def _is_asked(harness: Harness, executed: Executed) -> bool:
    """Return whether a restore gave its branch the requested commits."""
    task = harness.task
    wanted = executed.source_before
    if task.timestamp:
        wanted = tuple(c for c in wanted if c.time.isoformat() <= task.timestamp)
    if task.by_lsn:
        wanted = tuple(c for c in wanted if c.lsn <= harness.good_lsn)
    source = executed.source_name == (task.source or task.branch)
    return source and not executed.error and executed.after == wanted


def _operations(harness: Harness, one: Executed) -> list[Operation]:
    """Return the operations of a restore: those of its branch, until the next restore begins."""
    starts = [each.operations_before for each in harness.storage.executed]
    end = min((start for start in starts if start > one.operations_before), default=None)
    found = list(harness.model.operations.values())[one.operations_before : end]
    return [operation for operation in found if operation.branch_id == one.branch_id]
