"""Runs one schedule on the stepped clock, from the call to the verdict."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias
from unittest.mock import patch

import httpx

from neon_restore import AsyncNeon, LeftUnprotected, Neon, NeonRestoreError, OutcomeUnknown, _clock
from neon_sandbox.scenario import API_HOST, API_KEY, PROJECT_ID
from tests.faults.calls import call, resume
from tests.faults.judge import Outcome, Said, Verdict, wrongs
from tests.faults.rivals import OperationEnded, retry_loop
from tests.faults.transport import AsyncWire, SyncWire, TooManyRequests, Wire
from tests.faults.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.schedule import Schedule
    from tests.faults.transport import Told

    Caller: TypeAlias = Callable[[World, Wire, Schedule], Outcome]

PAST_DEADLINE = {False: 75.0, True: 75.0 + 120.0}
"""Seconds that the client says it takes past its deadline: for an answer, and to protect again."""


def verdict(schedule: Schedule, caller: Caller, told: Told | None = None) -> Verdict:
    """Have a caller make the call of a schedule, carry the schedule out, and judge."""
    world = World(schedule.task, protected=schedule.protected)
    wire = Wire(world, schedule, told)
    world.calendar.after(0, world.write)
    outcome = caller(world, wire, schedule)
    wire.over = True
    world.run_out()
    return Verdict(
        seed=schedule.seed,
        said=outcome.said,
        wrong=wrongs(world, outcome, schedule.name),
        words=outcome.words,
        requests=wire.requests,
        posts=wire.posts,
    )


class Client:
    """This project's client as a caller: blocking or asynchronous, as the schedule says."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner

    def __call__(self, world: World, wire: Wire, schedule: Schedule) -> Outcome:
        """Make the call, and take it up again if it was interrupted."""
        clock = world.calendar
        jitter = Random(schedule.seed)  # noqa: S311 - repeatable is what it has to be
        with patch.multiple(
            _clock,
            now=clock.now,
            monotonic=clock.monotonic,
            sleep=clock.sleep,
            asleep=clock.asleep,
            jitter=lambda: jitter.uniform(0.75, 1.25),
        ):
            outcome = self._outcome(world, wire, schedule, lambda neon: call(neon, world, schedule))
            if outcome.said is not Said.INTERRUPTED or not schedule.task.keeps:
                return outcome
            return self._outcome(world, wire, schedule, lambda neon: resume(neon, schedule))

    def _outcome(
        self, world: World, wire: Wire, schedule: Schedule, make: Callable[[Any], Any]
    ) -> Outcome:
        began = world.calendar.monotonic()
        words, left_open = "", False
        try:
            words = str(self._returned(wire, schedule, make))
            said = Said.DONE
        except NeonRestoreError as error:
            said, words = said_by(error), f"{type(error).__name__}: {error}"
            left_open = isinstance(error, LeftUnprotected)
        except (KeyboardInterrupt, asyncio.CancelledError):
            said = Said.INTERRUPTED if wire.interrupted else Said.FOREIGN
        except TooManyRequests:
            said = Said.ENDLESS
        except Exception as error:
            said, words = Said.FOREIGN, repr(error)
        took = world.calendar.monotonic() - began
        return Outcome(
            said,
            words,
            overtime=took - schedule.deadline - PAST_DEADLINE[schedule.protected],
            restores=len(world.storage.executed),
            unfinished=world.unfinished(),
            left_open=left_open,
        )

    def _returned(self, wire: Wire, schedule: Schedule, make: Callable[[Any], Any]) -> Any:
        settings: dict[str, Any] = {
            "api_key": API_KEY,
            "project_id": PROJECT_ID,
            "api_host": API_HOST,
            "timeout": schedule.deadline,
        }
        if schedule.kind == "sync":
            with Neon(transport=SyncWire(wire), **settings) as neon:
                return make(neon)

        async def awaited() -> Any:
            async with AsyncNeon(transport=AsyncWire(wire), **settings) as neon:
                return await make(neon)

        return self._runner.run(awaited())


def loop(world: World, wire: Wire, schedule: Schedule) -> Outcome:
    """Call as the retry loop does, which sets itself no deadline."""
    headers = {"authorization": f"Bearer {API_KEY}"}
    with httpx.Client(
        transport=SyncWire(wire), base_url=f"{API_HOST}/", headers=headers, trust_env=False
    ) as http:
        try:
            retry_loop(http, world, schedule, world.calendar.sleep)
        except KeyboardInterrupt:
            return Outcome(Said.INTERRUPTED)
        except OperationEnded as error:
            return Outcome(Said.PENDING, repr(error))
        except TooManyRequests:
            return Outcome(Said.ENDLESS)
        except Exception as error:
            return Outcome(Said.FAILED, repr(error))
    return Outcome(Said.DONE)


def said_by(error: NeonRestoreError) -> Said:
    """Return what an error claims."""
    changed = error.changed.lower()
    if changed.startswith("nothing"):
        return Said.NOTHING
    if isinstance(error, OutcomeUnknown) or changed.startswith("unknown"):
        return Said.UNKNOWN
    return Said.FAILED if error.pending is None else Said.PENDING
