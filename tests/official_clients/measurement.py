"""What each client's tries came to, and how that compares with the known gaps."""

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

GAPS = Path(__file__).with_name("gaps.toml")
SHOWN = 25
"""How many tries are listed below one reason."""


class Outcome(StrEnum):
    """What a try came to."""

    PASSED = "passed"
    REFUSED = "refused"
    """Answered with 501: the sandbox says that it does not simulate this."""
    FAILED = "failed"


@dataclass(frozen=True)
class Result:
    """A client, what it tried, what that came to, and what the client said if it did not pass."""

    client: str
    tried: str
    outcome: Outcome
    said: str = ""

    @property
    def name(self) -> str:
        """The name of the try in `gaps.toml`."""
        return f"{self.client}: {self.tried}"


@dataclass(frozen=True)
class Gap:
    """A reason why tries do not pass; ``*`` in their names stands for any text."""

    reason: str
    outcome: Outcome
    names: tuple[str, ...]

    def holds(self, result: Result) -> bool:
        """Return whether the gap names a try."""
        return any(_pattern(name).fullmatch(result.name) for name in self.names)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, name.split("*"))))


def read_gaps(path: Path = GAPS) -> list[Gap]:
    """Read the known gaps."""
    return [
        Gap(one["reason"], Outcome(one["outcome"]), tuple(one["names"]))
        for one in tomllib.loads(path.read_text("utf-8"))["gaps"]
    ]


def disagreements(
    results: Sequence[Result], gaps: Sequence[Gap], clients: Collection[str]
) -> Iterator[str]:
    """Yield what the gaps say otherwise than the results of these clients, each with its remedy."""
    for result in results:
        found = [gap for gap in gaps if gap.holds(result)]
        if len(found) > 1:
            yield f"{result.name}: {GAPS.name} has {len(found)} reasons for it: leave one"
        elif found and result.outcome is Outcome.PASSED:
            yield f"{result.name}: passed: take it out of {GAPS.name}"
        elif found and result.outcome is not found[0].outcome:
            yield f"{result.name}: {result.outcome}, not {found[0].outcome}: {result.said}"
        elif not found and result.outcome is not Outcome.PASSED:
            yield f"{result.name}: {result.outcome}: {result.said}"
    for name in (name for gap in gaps for name in gap.names):
        is_theirs = any(map(_pattern(name.partition(":")[0]).fullmatch, clients))
        if is_theirs and not any(_pattern(name).fullmatch(result.name) for result in results):
            yield f"{name}: nothing of this name is tried: take it out of {GAPS.name}"


def report(results: Sequence[Result], gaps: Sequence[Gap]) -> Iterator[str]:
    """Yield the table of figures, then what did not pass, by reason."""
    yield f"{'client':<24}{'tried':>8}{'passed':>8}{'501':>8}{'failed':>8}"
    counts = Counter((result.client, result.outcome) for result in results)
    for client in dict.fromkeys(result.client for result in results):
        yield _row(client, [counts[client, outcome] for outcome in Outcome])
    totals = Counter(result.outcome for result in results)
    yield _row("all", [totals[outcome] for outcome in Outcome])
    for gap in gaps:
        under = [result.name for result in results if gap.holds(result)]
        if under:
            yield f"\n{gap.outcome}: {gap.reason}"
        yield from (f"  {name}" for name in under[:SHOWN])
        if len(under) > SHOWN:
            yield f"  and {len(under) - SHOWN} more"


def _row(name: str, figures: Sequence[int]) -> str:
    return f"{name:<24}" + "".join(f"{figure:>8}" for figure in (sum(figures), *figures))
