"""Many schedules on the stepped clock, thousands a minute."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.contract.document import ROOT
from tests.faults.run import Client, loop, verdict
from tests.faults.schedule import made
from tests.faults.table import Column, counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.judge import Verdict

SCHEDULES = 2000
PAGE = ROOT / "snippets" / "how-proved" / "faults.out"


def many(seeds: range) -> list[Verdict]:
    """Return the verdicts on this project's client; the progress goes to a terminal only."""
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
    """Return the verdict on one seed, and print each exchange on the way."""
    schedule = made(seed)
    name = schedule.name or "made by the client"
    print(f"{schedule.kind}, {schedule.task.words}, {schedule.deadline:g} s, backup name: {name}")
    with asyncio.Runner() as runner:
        found = verdict(schedule, Client(runner), print)
    print(found.words)
    return found


def columns(found: Sequence[Verdict]) -> list[Column]:
    """Return the client's column, and that of a retry loop under the same schedules."""
    rival = [
        verdict(replace(made(each.seed), name="kept", protected=False), loop) for each in found
    ]
    return [
        Column("neon_restore", "stepped clock", counts(found, ours=True)),
        Column("retry loop", "stepped clock", counts(rival, ours=False)),
    ]
