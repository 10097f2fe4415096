"""Runs one schedule with this project's client, from the call to the verdict."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from neon_restore import AsyncNeon, Neon, NeonRestoreError, OutcomeUnknown, _clock
from neon_sandbox.model.entities import LAST_STATUSES
from neon_sandbox.scenario import API_HOST, API_KEY, PROJECT_ID
from tests.faults.judge import Outcome, Said, Verdict, wrongs
from tests.faults.schedule import Schedule
from tests.faults.tasks import call
from tests.faults.transport import AsyncWire, SyncWire, TooManyRequests, Wire
from tests.faults.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.transport import Told

READ_TIMEOUT = 75.0
"""Seconds that the client says it gives an answer past its deadline."""


def verdict(schedule: Schedule, runner: asyncio.Runner, told: Told | None = None) -> Verdict:
    """Carry a schedule out and judge it."""
    world = World(schedule.task)
    wire = Wire(world, schedule, told)
    clock = world.calendar
    with patch.multiple(
        _clock, now=clock.now, monotonic=clock.monotonic, sleep=clock.sleep, asleep=clock.asleep
    ):
        clock.after(0, world.write)
        outcome = _calls(schedule, world, wire, runner)
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


def _calls(
    schedule: Schedule, world: World, wire: Wire, runner: asyncio.Runner
) -> Outcome:
    """Make the call, and take it up again if it was interrupted."""
    settings: dict[str, Any] = {
        "api_key": API_KEY,
        "project_id": PROJECT_ID,
        "api_host": API_HOST,
        "timeout": schedule.deadline,
    }

    def outcome(make: Callable[[Any], Any]) -> Outcome:
        if schedule.kind == "sync":
            with Neon(transport=SyncWire(wire), **settings) as neon:
                return _outcome(world, schedule, lambda: make(neon))

        async def awaited() -> Any:
            async with AsyncNeon(transport=AsyncWire(wire), **settings) as neon:
                return await make(neon)

        return _outcome(world, schedule, lambda: runner.run(awaited()))

    first = outcome(lambda neon: call(neon, world, schedule.task, schedule.name))
    if first.said is not Said.INTERRUPTED or not schedule.task.keeps:
        return first
    wire.interrupted = True
    branch, name = schedule.task.branch, schedule.name
    if not hasattr(Neon, "resume"):
        return first
    return outcome(lambda neon: neon.resume(branch, backup_name=name))


def _outcome(world: World, schedule: Schedule, make: Callable[[], Any]) -> Outcome:
    began = world.calendar.monotonic()
    words = ""
    try:
        words = str(make())
        said = Said.DONE
    except NeonRestoreError as error:
        said, words = said_by(error), f"{type(error).__name__}: {error}"
    except (KeyboardInterrupt, asyncio.CancelledError):
        said = Said.INTERRUPTED
    except TooManyRequests:
        said = Said.ENDLESS
    except Exception as error:
        said, words = Said.FOREIGN, repr(error)
    took = world.calendar.monotonic() - began
    return Outcome(
        said,
        words,
        overtime=took - schedule.deadline - READ_TIMEOUT,
        all_ended=all(o.status in LAST_STATUSES for o in world.model.operations.values()),
    )


def said_by(error: NeonRestoreError) -> Said:
    """Return what an error claims."""
    if error.changed.lower().startswith("nothing"):
        return Said.NOTHING
    if error.pending is not None:
        return Said.PENDING
    return Said.UNKNOWN if isinstance(error, OutcomeUnknown) else Said.FAILED
