"""Runs one schedule on the stepped clock, from the call to the verdict."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx

from neon_restore import AsyncNeon, LeftUnprotected, Neon, NeonRestoreError, OutcomeUnknown, _clock
from neon_sandbox.scenario import API_HOST, API_KEY, PROJECT_ID
from neon_sandbox.testing.environment import patch_clock
from tests.faults.baselines import OperationEnded, retry_loop
from tests.faults.calls import call, resume
from tests.faults.harness import Harness
from tests.faults.oracle import Outcome, Reported, Verdict, violations
from tests.faults.transport import (
    AsyncFaultyTransport,
    FaultyTransport,
    SyncFaultyTransport,
    TooManyRequests,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.schedule import Schedule
    from tests.faults.transport import Told

    Caller: TypeAlias = Callable[[Harness, FaultyTransport, Schedule], Outcome]

PAST_DEADLINE = {False: 75.0, True: 75.0 + 120.0}
"""Seconds that the client documents past its deadline: for a response, and to protect again."""


def verdict(schedule: Schedule, caller: Caller, told: Told | None = None) -> Verdict:
    """Make the call of a schedule, inject its faults and return the verdict."""
    harness = Harness(schedule.task, protected=schedule.protected)
    transport = FaultyTransport(harness, schedule, told)
    harness.event_clock.after(0, harness.write)
    outcome = caller(harness, transport, schedule)
    transport.over = True
    harness.run_out()
    return Verdict(
        seed=schedule.seed,
        said=outcome.said,
        wrong=violations(harness, outcome, schedule.name),
        words=outcome.words,
        requests=transport.requests,
        posts=transport.posts,
    )


class Client:
    """A caller that uses this project's client, synchronous or asynchronous by schedule."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner

    def __call__(self, harness: Harness, transport: FaultyTransport, schedule: Schedule) -> Outcome:
        """Make the call, and resume it if it is interrupted."""
        jitter = Random(schedule.seed)  # noqa: S311 - it must be repeatable
        with patch_clock(_clock, harness.event_clock, jitter=lambda: jitter.uniform(0.75, 1.25)):
            outcome = self._outcome(
                harness, transport, schedule, lambda neon: call(neon, harness, schedule)
            )
            if outcome.said is not Reported.INTERRUPTED or not schedule.task.keeps:
                return outcome
            return self._outcome(harness, transport, schedule, lambda neon: resume(neon, schedule))

    def _outcome(
        self,
        harness: Harness,
        transport: FaultyTransport,
        schedule: Schedule,
        make: Callable[[Any], Any],
    ) -> Outcome:
        began = harness.event_clock.monotonic()
        words, left_open = "", False
        try:
            words = str(self._returned(transport, schedule, make))
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
        return Outcome(
            said,
            words,
            overtime=took - schedule.deadline - PAST_DEADLINE[schedule.protected],
            restores=len(harness.storage.executed),
            unfinished=harness.unfinished(),
            left_open=left_open,
        )

    def _returned(
        self, transport: FaultyTransport, schedule: Schedule, make: Callable[[Any], Any]
    ) -> Any:
        settings: dict[str, Any] = {
            "api_key": API_KEY,
            "project_id": PROJECT_ID,
            "api_host": API_HOST,
            "timeout": schedule.deadline,
        }
        if schedule.kind == "sync":
            with Neon(transport=SyncFaultyTransport(transport), **settings) as neon:
                return make(neon)

        async def awaited() -> Any:
            async with AsyncNeon(transport=AsyncFaultyTransport(transport), **settings) as neon:
                return await make(neon)

        return self._runner.run(awaited())


def loop(harness: Harness, transport: FaultyTransport, schedule: Schedule) -> Outcome:
    """Make the call with the retry loop, which has no deadline."""
    headers = {"authorization": f"Bearer {API_KEY}"}
    with httpx.Client(
        transport=SyncFaultyTransport(transport),
        base_url=f"{API_HOST}/",
        headers=headers,
        trust_env=False,
    ) as http:
        try:
            retry_loop(http, harness, schedule, harness.event_clock.sleep)
        except KeyboardInterrupt:
            return Outcome(Reported.INTERRUPTED)
        except OperationEnded as error:
            return Outcome(Reported.PENDING, repr(error))
        except TooManyRequests:
            return Outcome(Reported.ENDLESS)
        except Exception as error:
            return Outcome(Reported.FAILED, repr(error))
    return Outcome(Reported.DONE)


def said_by(error: NeonRestoreError) -> Reported:
    """Return the outcome that an error reports."""
    changed = error.changed.lower()
    if changed.startswith("nothing"):
        return Reported.NOTHING
    if isinstance(error, OutcomeUnknown) or changed.startswith("unknown"):
        return Reported.UNKNOWN
    return Reported.FAILED if error.pending is None else Reported.PENDING
