"""Runs schedules on the stepped clock, thousands a minute, from the call to the verdict."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from neon_restore import (
    AsyncNeon,
    LeftUnprotected,
    Neon,
    NeonRestoreError,
    OutcomeUnknown,
    OverwroteAnother,
    _clock,
)
from neon_sandbox.scenario import API_HOST, API_KEY, PROJECT_ID
from neon_sandbox.testing.environment import patch_clock
from tests.faults.baselines import retry_loop
from tests.faults.harness import Harness
from tests.faults.knowable import could_know
from tests.faults.oracle import Outcome, Reported, Verdict, judged
from tests.faults.schedule import AGO, Schedule, made
from tests.faults.transport import FaultyTransport, TooManyRequests

SCHEDULES = 2000
PAST_DEADLINE = {False: 75.0, True: 75.0 + 120.0}
"""Seconds that the client documents past its deadline: for a response, and to protect again."""


def verdict(
    schedule: Schedule,
    caller: Callable[[FaultyTransport], Outcome],
    told: Callable[[str], None] | None = None,
) -> Verdict:
    """Make the call of a schedule, inject its faults and return the verdict."""
    harness = Harness(schedule.task, protected=schedule.protected)
    transport = FaultyTransport(harness, schedule, told)
    harness.event_clock.after(0, harness.write)
    outcome = caller(transport)
    transport.over = True
    harness.run_out()
    return judged(harness, schedule, outcome, transport.requests, transport.posts)


def client(transport: FaultyTransport) -> Outcome:
    """Make the call with this project's client, and resume it if it is interrupted."""
    jitter = Random(transport.schedule.seed)  # noqa: S311 - it must be repeatable
    clock = transport.harness.event_clock
    with patch_clock(_clock, clock, jitter=lambda: jitter.uniform(0.75, 1.25)):
        outcome = _outcome(transport, call)
        if outcome.said is Reported.INTERRUPTED and transport.schedule.task.keeps:
            return _outcome(transport, resume)
        return outcome


def _outcome(transport: FaultyTransport, make: Callable[[Any, Harness, Schedule], Any]) -> Outcome:
    harness, schedule = transport.harness, transport.schedule
    began = harness.event_clock.monotonic()
    words, left_open = "", False
    try:
        given = {"api_host": API_HOST, "transport": transport.for_client(schedule.kind)}
        words = made_by_client(make, harness, schedule, **given)
        said = Reported.DONE
    except NeonRestoreError as error:
        said, words = said_by(error), f"{type(error).__name__}: {error}"
        left_open = isinstance(error, LeftUnprotected)
    except (KeyboardInterrupt, asyncio.CancelledError):
        said = Reported.INTERRUPTED if transport.interrupted else Reported.FOREIGN
    except TooManyRequests:
        said = Reported.ENDLESS
    except Exception as error:
        said, words = Reported.FOREIGN, repr(error)
    took = harness.event_clock.monotonic() - began
    overtime = took - transport.held - schedule.deadline - PAST_DEADLINE[schedule.protected]
    return Outcome(
        said,
        words,
        overtime,
        len(harness.storage.executed),
        harness.unfinished(),
        left_open,
        at_work=harness.at_work(),
        seen_before=transport.seen_before if make is call and not schedule.skew else None,
        evidence=could_know(transport, schedule) if said is Reported.UNKNOWN else None,
    )


def made_by_client(
    make: Callable[[Any, Harness, Schedule], Any],
    harness: Harness,
    schedule: Schedule,
    **settings: Any,
) -> str:
    """Make a call with the client of the schedule's kind and return the words of its result."""
    settings |= {"api_key": API_KEY, "project_id": PROJECT_ID, "timeout": schedule.deadline}
    if schedule.kind == "sync":
        with Neon(**settings) as neon:
            return str(make(neon, harness, schedule))

    async def awaited() -> str:
        async with AsyncNeon(**settings) as neon:
            return str(await make(neon, harness, schedule))

    return asyncio.run(awaited())


def call(neon: Any, harness: Harness, schedule: Schedule) -> Any:
    """Make the call of a schedule and return its result."""
    task, name = schedule.task, schedule.name
    if task.rollback:
        return neon.rollback(
            task.source, branch=task.branch, backup_name=name, unprotect=schedule.protected
        )
    return neon.restore(
        task.branch,
        at=AGO if task.relative else task.timestamp,
        lsn=str(harness.good_lsn) if task.by_lsn else None,
        source=task.source,
        backup_name=name if task.keeps else None,
        discard_previous_state=not task.keeps,
        unprotect=schedule.protected,
    )


def resume(neon: Any, _: Harness, schedule: Schedule) -> Any:
    """Resume the call of a schedule as another process that knows the names."""
    branch, protect = schedule.task.branch, schedule.protected
    return neon.resume(branch, backup_name=schedule.name, protect=protect)


def loop(transport: FaultyTransport) -> Outcome:
    """Make the call with the retry loop, which has no deadline."""
    harness = transport.harness
    given = {"base_url": API_HOST, "transport": transport.for_client("sync")}
    try:
        return retry_loop(harness, transport.schedule, harness.event_clock.sleep, **given)
    except KeyboardInterrupt:
        return Outcome(Reported.INTERRUPTED)
    except TooManyRequests:
        return Outcome(Reported.ENDLESS)


def said_by(error: NeonRestoreError) -> Reported:
    """Return the outcome that an error reports."""
    if isinstance(error, OverwroteAnother):
        return Reported.OVERWROTE
    changed = error.changed.lower()
    if changed.startswith("nothing"):
        return Reported.NOTHING
    if isinstance(error, OutcomeUnknown) or changed.startswith("unknown"):
        return Reported.UNKNOWN
    return Reported.FAILED if error.pending is None else Reported.PENDING


def many(seeds: range) -> list[Verdict]:
    """Return the verdicts on this client; show progress only on a terminal."""
    found = []
    for seed in seeds:
        found.append(verdict(made(seed), client))
        if sys.stderr.isatty() and len(found) % 50 == 0:
            print(f"\r{len(found)} of {len(seeds)}", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return found


def one(seed: int) -> Verdict:
    """Return the verdict on one seed, and print each exchange."""
    schedule = made(seed)
    protected = ", protected" if schedule.protected else ""
    print(f"{schedule.kind}, {schedule.task.words}{protected}, {schedule.deadline:g} s")
    print(f"backup name: {schedule.name or 'made by the client'}")
    found = verdict(schedule, client, print)
    print(found.words)
    return found


def rival() -> list[Verdict]:
    """Return the verdicts on the retry loop, which cannot make names or unprotect a branch."""
    schedules = map(made, range(SCHEDULES))
    return [verdict(replace(each, name="kept", protected=False), loop) for each in schedules]
