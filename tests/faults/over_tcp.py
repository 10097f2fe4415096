"""Fault schedules over TCP: this client and the Neon CLI on the real clock, and a retry loop.

The loop pauses on a clock of its own, which the sandbox and the proxy share. The Neon CLI has no
pauses before it gives up on a connection. So no order depends on the machine, and neither do their
counts.
"""

import asyncio
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Literal
from unittest.mock import patch

from neon_restore import NeonRestoreError
from neon_restore._http import retry
from neon_restore._restore import submit
from neon_sandbox import ShiftedClock
from neon_sandbox.scenario import API_KEY, instant
from neon_sandbox.server.http import HttpServer
from tests.faults.baselines import command_line, retry_loop
from tests.faults.evidence import EventClock
from tests.faults.harness import Harness
from tests.faults.oracle import Outcome, Reported, Verdict, judged
from tests.faults.proxy import REFUSED_FOR, Proxy
from tests.faults.schedule import LATEST, RESTORE_CASES, SLOW, Fault, Injection, Schedule
from tests.faults.simulation import call, made_by_client, said_by

Contender = Literal["neon_restore", "neon", "retry loop"]

RIVALS: tuple[Contender, ...] = ("neon", "retry loop")
TIMES: dict[Contender, int] = {"neon_restore": 100, "neon": 50, "retry loop": 50}
AT_ONCE: dict[Contender, int] = {"neon_restore": 16, "neon": 3, "retry loop": 16}
READ_TIMEOUT, DELIVERY_WINDOW = 2.0, 3.0
"""Seconds, instead of the client's 75 and 30, for which there is no public setting."""
START = instant("14:40:00")
LOOP_TIMEOUT = 10.0
"""Seconds that the retry loop waits for an answer, which even a busy machine gives in less."""
TOO_LONG = 3.0
DEADLINE = 30.0
SHORT_DEADLINE, ENDLESS = 5.0, 15.0
"""Seconds of a call with an answer that does not end, and of that answer."""
LATE = (0.3, 1.5)
SLACK = 3.0
"""Seconds that a busy machine may take beyond the promised limit of a call."""
OPERATION_DURATIONS = {
    "start_compute": timedelta(seconds=0.1),
    "create_branch": timedelta(seconds=0.05),
}
FAULTS = (
    Fault.REFUSED,
    Fault.LOST,
    Fault.RESET,
    Fault.LATE,
    Fault.BROKEN_OFF,
    Fault.DELAY,
    Fault.TWICE_FIRST,
    Fault.TWICE_SECOND,
)


def made(seed: int) -> Schedule:
    """Return the schedule of a seed; one in ten has an answer that does not end."""
    schedule = _made_of_connections(seed)
    rng = Random(f"slow, {seed}")  # noqa: S311 - repeatable is what it has to be
    if rng.random() >= 0.1:
        return schedule
    injection = Injection(rng.choice(SLOW), ENDLESS)
    if rng.random() < 0.5:
        return replace(schedule, deadline=SHORT_DEADLINE, post_injections={0: injection})
    injections = {rng.randrange(6): injection}
    return replace(schedule, deadline=SHORT_DEADLINE, injections=injections)


def _made_of_connections(seed: int) -> Schedule:
    """Return the schedule of a seed, with faults of connections only."""
    rng = Random(seed)  # noqa: S311 - repeatable is what it has to be
    task = rng.choice(RESTORE_CASES)
    # A restore without a backup branch that is delivered twice runs twice, with any client.
    faults = [f for f in FAULTS if task.keeps or f not in (Fault.TWICE_FIRST, Fault.TWICE_SECOND)]

    def injection() -> Injection:
        fault = rng.choice(faults)
        late = round(rng.uniform(*LATE), 1) if fault is Fault.LATE else 0.0
        return Injection(fault, TOO_LONG if fault is Fault.DELAY else late)

    post = injection()
    while post.fault is Fault.REFUSED:
        post = injection()
    return Schedule(
        seed=seed,
        task=task,
        kind="async" if seed % 2 else "sync",
        deadline=DEADLINE,
        name="kept",
        injections={rng.randrange(6): injection() for _ in range(rng.choice((0, 1, 1, 2)))},
        post_injections={0: post} if rng.random() < 0.7 else {},
    )


async def verdict(schedule: Schedule, contender: Contender, home: Path) -> Verdict:
    """Run a schedule against a fresh sandbox and judge the outcome."""
    pauses = EventClock(START) if contender == "retry loop" else None
    harness = Harness(
        schedule.task,
        clock=pauses or ShiftedClock(START),
        operation_durations=OPERATION_DURATIONS,
    )
    # How long the Neon CLI takes to start, or to go on, varies: it is refused until it ends.
    refused_for = None if contender == "neon" else REFUSED_FOR
    # Or its requests would move a stepped clock: here the caller's pauses alone do.
    sandbox = replace(harness.sandbox, clock=ShiftedClock(START))
    with HttpServer(sandbox, key=API_KEY) as door:
        async with Proxy(schedule, door.port, pauses=pauses, refused_for=refused_for) as proxy:
            variables = door.environment
            address = variables["NEON_API_HOST"].replace(str(door.port), str(proxy.port))
            match contender:
                case "neon_restore":
                    restore = partial(_client, harness, schedule, address)
                case "neon":
                    variables["NEON_API_HOST"] = address
                    restore = partial(command_line, harness, schedule, home, variables)
                case _:
                    assert pauses
                    given = {"base_url": address, "timeout": LOOP_TIMEOUT}
                    restore = partial(retry_loop, harness, schedule, pauses.sleep, **given)
            outcome = await asyncio.to_thread(restore)
            if pauses:
                await asyncio.to_thread(pauses.sleep, LATEST)
        with harness.sandbox.api.lock:
            harness.run_until_idle()
    return judged(harness, schedule, outcome, proxy.requests, proxy.posts)


def _client(harness: Harness, schedule: Schedule, address: str) -> Outcome:
    began = time.monotonic()
    try:
        words = made_by_client(call, harness, schedule, api_host=address)
        said = Reported.DONE
    except NeonRestoreError as error:
        said, words = said_by(error), f"{type(error).__name__}: {error}"
    except Exception as error:
        said, words = Reported.FOREIGN, repr(error)
    overtime = time.monotonic() - began - schedule.deadline - READ_TIMEOUT - SLACK
    with harness.sandbox.api.lock:
        return Outcome(
            said,
            words,
            overtime,
            len(harness.storage.executed),
            harness.unfinished(),
            at_work=harness.at_work(),
        )


def run(contender: Contender, times: int | None = None) -> list[Verdict]:
    """Return the verdicts on a contender."""
    return asyncio.run(_verdicts(contender, times or TIMES[contender]))


async def _verdicts(contender: Contender, times: int) -> list[Verdict]:
    """Return the verdicts on a contender, with up to `AT_ONCE` schedules at a time."""
    room = asyncio.Semaphore(AT_ONCE[contender])
    pool = ThreadPoolExecutor(AT_ONCE[contender])
    asyncio.get_running_loop().set_default_executor(pool)

    async def one(seed: int, home: Path) -> Verdict:
        async with room:
            return await verdict(made(seed), contender, home / str(seed))

    with (
        tempfile.TemporaryDirectory() as home,
        patch.object(retry, "READ_TIMEOUT", READ_TIMEOUT),
        patch.object(submit, "DELIVERY_WINDOW", DELIVERY_WINDOW),
    ):
        return await asyncio.gather(*(one(seed, Path(home)) for seed in range(times)))
