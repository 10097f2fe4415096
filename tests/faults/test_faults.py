"""The client is right under faults, and the judge sees a caller that is not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import httpx
import pytest

from neon_sandbox.scenario import API_HOST, API_KEY
from tests.faults import record
from tests.faults.judge import Outcome, Said, Wrong
from tests.faults.run import Client, verdict
from tests.faults.schedule import Event, Fault, Schedule, made
from tests.faults.stepped import SCHEDULES
from tests.faults.table import Column
from tests.faults.tasks import TASKS, Task
from tests.faults.transport import SyncWire, TooManyRequests, Wire
from tests.faults.world import PATH, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SEEDS = range(60)
ONCE_WRONG = {
    58: "a copy of the restore is answered with 409",
    78: "503 with HTML after a restore that keeps nothing",
    108: "copies are answered with 423, then 409",
    165: "interrupted, and not protected again",
    322: "a copy of a restore that keeps nothing is answered with 423",
    378: "a second person restores before the call returns",
    926: "a late copy takes the protection off again",
    1110: "taken up again, and nothing is to be seen",
    1167: "no look at the branches after a copy is answered with 423",
    1397: "the answer to the protection cannot be read",
    2615: "taken up again, and the request is still on its way",
}
"""Seeds that a client got wrong, and what happens in them."""
QUIET = Schedule(seed=0, task=TASKS[0], kind="sync", deadline=60, name="kept")


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """Return what runs the asynchronous client."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.mark.parametrize(
    "seed", [*SEEDS, *(pytest.param(seed, id=words) for seed, words in ONCE_WRONG.items())]
)
def test_the_client_is_right_under_faults(seed: int, runner: asyncio.Runner) -> None:
    """Whatever befalls a call, it restores once at most, loses nothing and says what is so."""
    found = verdict(made(seed), Client(runner))
    assert found.wrong == (), f"{found.said}: {found.words}; python -m tests.faults --only {seed}"


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.words)
def test_without_faults_a_call_restores(
    task: Task, kind: Literal["sync", "async"], runner: asyncio.Runner
) -> None:
    """A schedule without faults ends well, so that what is judged is the faults' doing."""
    found = verdict(replace(QUIET, task=task, kind=kind), Client(runner))
    assert (found.said, found.wrong) == (Said.DONE, ())


def test_a_schedule_is_made_from_its_seed_alone() -> None:
    """A seed gives one schedule, so that what was found once is found again."""
    assert [made(seed) for seed in SEEDS] == [made(seed) for seed in SEEDS]


def test_every_fault_hits_the_restore_and_every_event_happens() -> None:
    """The schedules of a whole run leave no fault out where it hurts most, and no event."""
    schedules = [made(seed) for seed in range(SCHEDULES)]
    assert {schedule.post_blows[0].fault for schedule in schedules if 0 in schedule.post_blows} == {
        *Fault
    }
    assert {event for schedule in schedules for event in schedule.events.values()} == {*Event}


def send(wire: Wire, method: str, path: str, asked: dict[str, str] | None = None) -> None:
    """Send a request as a caller does."""
    headers = {"authorization": f"Bearer {API_KEY}"}
    with httpx.Client(transport=SyncWire(wire), base_url=f"{API_HOST}{PATH}/") as http:
        http.request(method, path, json=asked, headers=headers)


def restores(world: World, wire: Wire, name: str = "kept", **other: str) -> None:
    """Restore as the task asks, or otherwise, and let the work end."""
    asked = world.body(name) | other
    send(wire, "POST", f"{world.destination}/restore", asked)
    world.sandbox.run_until_idle()


def twice(world: World, wire: Wire, _: Schedule) -> Outcome:
    """Restore again, under another name."""
    restores(world, wire)
    restores(world, wire, "kept again")
    return Outcome(Said.UNKNOWN)


def without_a_trace(world: World, wire: Wire, _: Schedule) -> Outcome:
    """Restore, and have the backup vanish."""
    restores(world, wire)
    del world.model.branches[world.sandbox.branch("kept").id]
    return Outcome(Said.DONE)


def elsewhere(world: World, wire: Wire, _: Schedule) -> Outcome:
    """Overwrite another branch too."""
    restores(world, wire)
    child, backup = world.sandbox.branch("development").id, world.sandbox.branch("kept").id
    send(wire, "POST", f"{child}/restore", {"source_branch_id": backup})
    return Outcome(Said.UNKNOWN)


def too_early(world: World, wire: Wire, _: Schedule) -> Outcome:
    """Restore to another point, and call it done."""
    restores(world, wire, source_timestamp="2026-11-20T14:00:00Z")
    return Outcome(Said.DONE)


def denied(world: World, wire: Wire, _: Schedule) -> Outcome:
    """Restore, and say that nothing was changed."""
    restores(world, wire)
    return Outcome(Said.NOTHING)


def endless(world: World, wire: Wire, _: Schedule) -> Outcome:
    """Ask for ever."""
    try:
        while True:
            send(wire, "GET", "")
    except TooManyRequests:
        return Outcome(Said.ENDLESS)


@pytest.mark.parametrize(
    ("caller", "wrong"),
    [
        (twice, (Wrong.DOUBLE_RESTORE, Wrong.LOST_BACKUP)),
        (without_a_trace, (Wrong.LOST_BACKUP,)),
        (elsewhere, (Wrong.DOUBLE_RESTORE, Wrong.LOST_BACKUP)),
        (too_early, (Wrong.FALSE_SUCCESS,)),
        (lambda *_: Outcome(Said.DONE), (Wrong.FALSE_SUCCESS,)),
        (lambda *_: Outcome(Said.PENDING), (Wrong.FALSE_SUCCESS,)),
        (denied, (Wrong.FALSE_FAILURE,)),
        (endless, (Wrong.HANG,)),
        (lambda *_: Outcome(Said.UNKNOWN, overtime=0.1), (Wrong.HANG,)),
        (lambda *_: Outcome(Said.FOREIGN), (Wrong.FOREIGN_EXCEPTION,)),
        (lambda *_: Outcome(Said.NOTHING), ()),
    ],
)
def test_the_judge_sees_what_a_caller_does_wrong(
    caller: Callable[[World, Wire, Schedule], Outcome], wrong: tuple[Wrong, ...]
) -> None:
    """Each wrong is found by what is in the model, whatever the caller says."""
    assert verdict(QUIET, caller).wrong == wrong


def test_a_record_counts_only_for_its_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was counted under other faults is refused."""
    monkeypatch.setattr(record, "ROOT", tmp_path)
    monkeypatch.setattr(record, "PATH", tmp_path / "record.json")
    source = tmp_path / "tests" / "faults" / "one.py"
    source.parent.mkdir(parents=True)
    source.write_text("one = 1\n", "utf-8")
    columns = [Column("retry loop", "stepped clock", {"schedules": 1})]
    record.write(columns)
    assert record.read() == columns
    source.write_text("one = 2\n", "utf-8")
    with pytest.raises(record.OutOfDate, match="make faults"):
        record.read()
