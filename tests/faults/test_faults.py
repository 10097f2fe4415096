"""The client is correct under faults, and the oracle detects callers that are not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import httpx
import pytest

from neon_sandbox.scenario import API_HOST, API_KEY
from tests.faults import record
from tests.faults.harness import PATH, Harness
from tests.faults.oracle import Outcome, Reported, Violation
from tests.faults.restore_cases import RESTORE_CASES, RestoreCase
from tests.faults.schedule import Event, Fault, Schedule, made
from tests.faults.simulation import Client, verdict
from tests.faults.sweep import SCHEDULES
from tests.faults.table import Column
from tests.faults.transport import FaultyTransport, SyncFaultyTransport, TooManyRequests

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
"""Seeds that an earlier version of the client failed, and what happens in them."""
NO_FAULTS = Schedule(seed=0, task=RESTORE_CASES[0], kind="sync", deadline=60, name="kept")


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """Provide the runner of the asynchronous client."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.mark.parametrize(
    "seed", [*SEEDS, *(pytest.param(seed, id=words) for seed, words in ONCE_WRONG.items())]
)
def test_the_client_is_right_under_faults(seed: int, runner: asyncio.Runner) -> None:
    """A call restores at most once, loses no data and reports the actual outcome."""
    found = verdict(made(seed), Client(runner))
    assert found.wrong == (), f"{found.said}: {found.words}; python -m tests.faults --only {seed}"


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("task", RESTORE_CASES, ids=lambda task: task.words)
def test_without_faults_a_call_restores(
    task: RestoreCase, kind: Literal["sync", "async"], runner: asyncio.Runner
) -> None:
    """A schedule without faults has no violation, so faults cause those that others have."""
    found = verdict(replace(NO_FAULTS, task=task, kind=kind), Client(runner))
    assert (found.said, found.wrong) == (Reported.DONE, ())


def test_a_schedule_is_made_from_its_seed_alone() -> None:
    """A seed always gives the same schedule, so that a failure can be reproduced."""
    assert [made(seed) for seed in SEEDS] == [made(seed) for seed in SEEDS]


def test_every_fault_hits_the_restore_and_every_event_happens() -> None:
    """The schedules of a whole run inject every fault into the restore, and every event."""
    schedules = [made(seed) for seed in range(SCHEDULES)]
    assert {
        schedule.post_injections[0].fault for schedule in schedules if 0 in schedule.post_injections
    } == {*Fault}
    assert {event for schedule in schedules for event in schedule.events.values()} == {*Event}


def send(
    transport: FaultyTransport, method: str, path: str, asked: dict[str, str] | None = None
) -> None:
    """Send a request as a caller does, through the faulty transport."""
    headers = {"authorization": f"Bearer {API_KEY}"}
    with httpx.Client(
        transport=SyncFaultyTransport(transport), base_url=f"{API_HOST}{PATH}/"
    ) as http:
        http.request(method, path, json=asked, headers=headers)


def restores(
    harness: Harness, transport: FaultyTransport, name: str = "kept", **other: str
) -> None:
    """Send the task's restore, with changed fields if any, and run its operations to the end."""
    asked = harness.body(name) | other
    send(transport, "POST", f"{harness.destination}/restore", asked)
    harness.sandbox.run_until_idle()


def twice(harness: Harness, transport: FaultyTransport, _: Schedule) -> Outcome:
    """Restore twice, the second time under another name."""
    restores(harness, transport)
    restores(harness, transport, "kept again")
    return Outcome(Reported.UNKNOWN)


def without_a_trace(harness: Harness, transport: FaultyTransport, _: Schedule) -> Outcome:
    """Restore, then remove the backup branch."""
    restores(harness, transport)
    del harness.model.branches[harness.sandbox.branch("kept").id]
    return Outcome(Reported.DONE)


def elsewhere(harness: Harness, transport: FaultyTransport, _: Schedule) -> Outcome:
    """Overwrite another branch too."""
    restores(harness, transport)
    child, backup = harness.sandbox.branch("development").id, harness.sandbox.branch("kept").id
    send(transport, "POST", f"{child}/restore", {"source_branch_id": backup})
    return Outcome(Reported.UNKNOWN)


def too_early(harness: Harness, transport: FaultyTransport, _: Schedule) -> Outcome:
    """Restore to another point and report success."""
    restores(harness, transport, source_timestamp="2026-11-20T14:00:00Z")
    return Outcome(Reported.DONE)


def denied(harness: Harness, transport: FaultyTransport, _: Schedule) -> Outcome:
    """Restore, and report that nothing changed."""
    restores(harness, transport)
    return Outcome(Reported.NOTHING)


def endless(harness: Harness, transport: FaultyTransport, _: Schedule) -> Outcome:
    """Send requests without end."""
    try:
        while True:
            send(transport, "GET", "")
    except TooManyRequests:
        return Outcome(Reported.ENDLESS)


@pytest.mark.parametrize(
    ("caller", "wrong"),
    [
        (twice, (Violation.DOUBLE_RESTORE, Violation.LOST_BACKUP)),
        (without_a_trace, (Violation.LOST_BACKUP,)),
        (elsewhere, (Violation.DOUBLE_RESTORE, Violation.LOST_BACKUP)),
        (too_early, (Violation.FALSE_SUCCESS,)),
        (lambda *_: Outcome(Reported.DONE), (Violation.FALSE_SUCCESS,)),
        (lambda *_: Outcome(Reported.PENDING), (Violation.FALSE_SUCCESS,)),
        (denied, (Violation.FALSE_FAILURE,)),
        (endless, (Violation.HANG,)),
        (lambda *_: Outcome(Reported.UNKNOWN, overtime=0.1), (Violation.HANG,)),
        (lambda *_: Outcome(Reported.FOREIGN), (Violation.FOREIGN_EXCEPTION,)),
        (lambda *_: Outcome(Reported.NOTHING), ()),
    ],
)
def test_the_judge_sees_what_a_caller_does_wrong(
    caller: Callable[[Harness, FaultyTransport, Schedule], Outcome], wrong: tuple[Violation, ...]
) -> None:
    """The oracle finds each violation in the model, whatever the caller reports."""
    assert verdict(NO_FAULTS, caller).wrong == wrong


def test_a_record_counts_only_for_its_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading counts that were stored with other sources raises `OutOfDate`."""
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
