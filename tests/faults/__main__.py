"""Runs schedules and judges them: `python -m tests.faults --schedules 2000 --seed 0`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from tests.faults.run import verdict
from tests.faults.schedule import made
from tests.faults.table import lines

if TYPE_CHECKING:
    from tests.faults.judge import Verdict


def many(seeds: range) -> list[Verdict]:
    """Return the verdicts of seeds; the progress goes to a terminal only."""
    found = []
    with asyncio.Runner() as runner:
        for seed in seeds:
            found.append(verdict(made(seed), runner))
            if sys.stderr.isatty() and len(found) % 50 == 0:
                print(f"\r{len(found)} of {len(seeds)}", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    return found


def one(seed: int) -> Verdict:
    """Return the verdict of a seed, and print each exchange on the way."""
    schedule = made(seed)
    name = schedule.name or "made by the client"
    print(f"{schedule.kind}, {schedule.task.words}, {schedule.deadline:g} s, backup name: {name}")
    with asyncio.Runner() as runner:
        found = verdict(schedule, runner, print)
    print(found.words)
    print(f"it said: {found.said}")
    return found


def main() -> int:
    """Run what was asked for; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--schedules", type=int, default=2000, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="the first of the seeds")
    parser.add_argument("--only", type=int, help="run this seed alone and print each exchange")
    given = parser.parse_args()
    if given.only is not None:
        found = [one(given.only)]
    else:
        found = many(range(given.seed, given.seed + given.schedules))
        print("\n".join(lines(found)))
    for each in found:
        for wrong in each.wrong:
            print(f"seed {each.seed}: {wrong}: it said: {each.said}")
    return 1 if any(each.wrong for each in found) else 0


if __name__ == "__main__":
    sys.exit(main())
