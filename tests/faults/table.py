"""Counts verdicts."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from tests.faults.judge import Said, Verdict, Wrong

if TYPE_CHECKING:
    from collections.abc import Sequence


def lines(found: Sequence[Verdict]) -> list[str]:
    """Return the counts of a run, a line each."""
    requests = [each.requests for each in found]
    rows = {
        "schedules": len(found),
        **{str(wrong): sum(wrong in each.wrong for each in found) for wrong in Wrong},
        **{f"said: {said}": sum(each.said is said for each in found) for said in Said},
        "restores sent again": sum(max(each.posts - 1, 0) for each in found),
        "requests, median": int(median(requests)),
        "requests, worst": max(requests),
    }
    return [f"{name:<34}{count:>6}" for name, count in rows.items()]
