"""Counts of verdicts, and a table of several callers side by side."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from tests.faults.oracle import Reported, Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Sequence

    Counts = dict[str, int]

SCHEDULES, UNKNOWN = "schedules", "outcome unknown"
WIDTH = 12
ONLY_OURS = (Violation.FOREIGN_EXCEPTION, Violation.LEFT_UNPROTECTED)


class Column(NamedTuple):
    """A caller, how it was called, and its counts."""

    caller: str
    how: str
    counts: Counts


def counts(found: Sequence[Verdict], *, ours: bool) -> Counts:
    """Return the number of schedules with each violation.

    Only this client documents all its exceptions and unprotects branches.
    """
    wrong = [each for each in Violation if ours or each not in ONLY_OURS]
    rows = {SCHEDULES: len(found)}
    return rows | {str(each): sum(each in one.wrong for one in found) for each in wrong}


def unknown(found: Sequence[Verdict]) -> Counts:
    """Return how often the outcome was reported as unknown."""
    return {UNKNOWN: sum(each.said is Reported.UNKNOWN for each in found)}


def table(columns: Sequence[Column]) -> str:
    """Return the columns side by side, with a dash where a row does not apply to a caller."""
    rows = (SCHEDULES, *Violation, UNKNOWN)
    lines = ["", ""]
    for column in columns:
        lines = [line + f"{word:>{WIDTH}}" for line, word in zip(lines, column[:2], strict=True)]
    lines = [f"{'':<18}{line}" for line in lines]
    for row in rows:
        cells = (column.counts.get(row, "-") for column in columns)
        lines.append(f"{row:<18}" + "".join(f"{cell:>{WIDTH}}" for cell in cells))
    return "\n".join(lines) + "\n"


def details(found: Sequence[Verdict]) -> list[str]:
    """Return further counts of a run, one per line."""
    requests = [each.requests for each in found]
    rows = {
        **{f"said: {said}": sum(each.said is said for each in found) for said in Reported},
        "restores sent again": sum(max(each.posts - 1, 0) for each in found),
        "requests per restore, median": int(median(requests)),
        "requests per restore, worst": max(requests),
    }
    return [f"{name:<34}{count:>6}" for name, count in rows.items()]
