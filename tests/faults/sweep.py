"""Runs many schedules on the stepped clock, thousands a minute."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.faults.schedule import made
from tests.faults.simulation import Client, loop, verdict

if TYPE_CHECKING:
    from tests.faults.oracle import Verdict

SCHEDULES = 2000


def many(seeds: range) -> list[Verdict]:
    """Return the verdicts on this client; show progress only on a terminal."""
    found = []
    with asyncio.Runner() as runner:
        for seed in seeds:
            found.append(verdict(made(seed), Client(runner)))
            if sys.stderr.isatty() and len(found) % 50 == 0:
                print(f"\r{len(found)} of {len(seeds)}", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return found


def one(seed: int) -> Verdict:
    """Return the verdict on one seed, and print each exchange."""
    schedule = made(seed)
    name = schedule.name or "made by the client"
    protected = ", protected" if schedule.protected else ""
    print(f"{schedule.kind}, {schedule.task.words}{protected}, {schedule.deadline:g} s")
    print(f"backup name: {name}")
    with asyncio.Runner() as runner:
        found = verdict(schedule, Client(runner), print)
    print(found.words)
    return found


def rival() -> list[Verdict]:
    """Return the verdicts on the retry loop, which cannot make names or unprotect a branch."""
    schedules = map(made, range(SCHEDULES))
    return [verdict(replace(each, name="kept", protected=False), loop) for each in schedules]
