"""The client is correct under faults, and the oracle detects callers that are not."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest

from tests.contract.document import ROOT
from tests.faults import over_tcp, report
from tests.faults.harness import Harness
from tests.faults.knowable import could_know
from tests.faults.oracle import Outcome, Reported
from tests.faults.proxy import Proxy
from tests.faults.schedule import (
    EARLIER,
    RELATIVE_CASE,
    RESTORE_CASES,
    SLOW,
    Event,
    Fault,
    Injection,
    RestoreCase,
    Schedule,
    made,
    made_at_first,
)
from tests.faults.simulation import SCHEDULES, client, verdict
from tests.faults.transport import FaultyTransport, TooManyRequests

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


@pytest.mark.parametrize("seed", SEEDS)
def test_the_client_is_right_under_faults(seed: int) -> None:
    """A call restores at most once, loses no data and reports the actual outcome."""
    found = verdict(made(seed), client)
    assert found.wrong == (), f"{found.said}: {found.words}; python -m tests.faults --only {seed}"


@pytest.mark.parametrize("seed", ONCE_WRONG, ids=ONCE_WRONG.values())
def test_the_client_stays_right(seed: int) -> None:
    found = verdict(made_at_first(seed), client)
    assert found.wrong == (), f"{found.said}: {found.words}"


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("task", [*RESTORE_CASES, RELATIVE_CASE], ids=lambda task: task.words)
def test_without_faults_a_call_restores(task: RestoreCase, kind: Literal["sync", "async"]) -> None:
    """A schedule without faults has no violation, so faults cause those that others have."""
    found = verdict(replace(NO_FAULTS, task=task, kind=kind), client)
    assert (found.said, found.wrong) == (Reported.DONE, ())


def test_a_schedule_is_made_from_its_seed_alone() -> None:
    """A seed always gives the same schedule, so that a failure can be reproduced."""
    assert [made(seed) for seed in SEEDS] == [made(seed) for seed in SEEDS]


def test_every_fault_hits_the_restore_and_every_event_happens() -> None:
    schedules = [made(seed) for seed in range(SCHEDULES)]
    assert {
        schedule.post_injections[0].fault for schedule in schedules if 0 in schedule.post_injections
    } == {*Fault} - {*SLOW}
    assert RELATIVE_CASE in {schedule.task for schedule in schedules}
    assert {event for schedule in schedules for event in schedule.events.values()} == {*Event}


@pytest.mark.needs("sockets", "threads")
@pytest.mark.parametrize("seed", [14, 16, 40])
def test_a_slow_machine_changes_no_count(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What arrives late and what is sent again have one order, however long requests take."""
    at_once = asyncio.run(over_tcp.verdict(over_tcp.made(seed), "retry loop", Path()))
    exchange = Proxy._exchange

    async def slowly(proxy: Proxy, *given: Any) -> bytes:
        await asyncio.sleep(0.2)
        return await exchange(proxy, *given)

    monkeypatch.setattr(Proxy, "_exchange", slowly)
    slow = asyncio.run(over_tcp.verdict(over_tcp.made(seed), "retry loop", Path()))
    assert (slow.said, slow.wrong) == (at_once.said, at_once.wrong)


def send(transport: FaultyTransport, method: str, path: str, asked: object = None) -> None:
    """Send a request for a branch as a caller does, through the faulty transport."""
    harness = transport.harness
    url = f"{harness.project}/branches/{path}"
    transport.serve(harness.http.build_request(method, url, json=asked))


def restore(transport: FaultyTransport, name: str = "kept", **other: str) -> None:
    """Send the task's restore, with changed fields if any, and run its operations to the end."""
    harness = transport.harness
    send(transport, "POST", f"{harness.destination}/restore", harness.body(name) | other)
    harness.run_until_idle()


def restore_twice(transport: FaultyTransport) -> None:
    """Restore twice, the second time under another name."""
    restore(transport)
    restore(transport, "kept again")


def restore_and_remove_the_backup(transport: FaultyTransport) -> None:
    """Restore, then remove the backup branch."""
    restore(transport)
    del transport.harness.model.branches[transport.harness.sandbox.branch("kept").id]


def restore_another_too(transport: FaultyTransport) -> None:
    """Overwrite another branch too."""
    restore(transport)
    branch = transport.harness.sandbox.branch
    asked = {"source_branch_id": branch("kept").id}
    send(transport, "POST", f"{branch('development').id}/restore", asked)


def send_without_end(transport: FaultyTransport) -> None:
    """Send requests until the transport ends it."""
    with suppress(TooManyRequests):
        while True:
            send(transport, "GET", "")


def do_nothing(_: FaultyTransport) -> None:
    """Send no request."""


@pytest.mark.parametrize(
    ("act", "outcome", "wrong"),
    [
        (restore_twice, Outcome(Reported.UNKNOWN), ["double restore", "lost backup"]),
        (restore_and_remove_the_backup, Outcome(Reported.DONE), ["lost backup"]),
        (restore_another_too, Outcome(Reported.UNKNOWN), ["double restore", "lost backup"]),
        (partial(restore, source_timestamp=EARLIER), Outcome(Reported.DONE), ["false success"]),
        (do_nothing, Outcome(Reported.DONE), ["false success"]),
        (do_nothing, Outcome(Reported.PENDING), ["false success"]),
        (restore, Outcome(Reported.NOTHING), ["false failure"]),
        (send_without_end, Outcome(Reported.ENDLESS), ["hang"]),
        (do_nothing, Outcome(Reported.UNKNOWN, overtime=0.1), ["hang"]),
        (do_nothing, Outcome(Reported.FOREIGN), ["foreign exception"]),
        (do_nothing, Outcome(Reported.NOTHING), []),
    ],
)
def test_the_judge_sees_what_a_caller_does_wrong(
    act: Callable[[FaultyTransport], None], outcome: Outcome, wrong: list[str]
) -> None:

    def caller(transport: FaultyTransport) -> Outcome:
        act(transport)
        return outcome

    assert [*verdict(NO_FAULTS, caller).wrong] == wrong


@pytest.mark.parametrize("pattern", report.SOURCES)
def test_a_source_of_a_record_exists(pattern: str) -> None:
    assert [*ROOT.glob(pattern)] != []


def test_a_record_counts_only_for_its_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "ROOT", tmp_path)
    monkeypatch.setattr(report, "STORE", tmp_path / "record.json")
    source = tmp_path / "tests" / "faults" / "one.py"
    source.parent.mkdir(parents=True)
    source.write_text("one = 1\n", "utf-8")
    columns = [report.Column("retry loop", "stepped clock", {"schedules": 1})]
    report.store(columns)
    assert report.read() == columns
    source.write_text("one = 2\n", "utf-8")
    with pytest.raises(report.OutOfDate, match="make faults"):
        report.read()


@pytest.mark.parametrize(
    ("fault", "deadline", "keeps", "known"),
    [
        (Fault.RESET, 5, True, "its backup was listed"),
        (Fault.LOST, 5, True, ""),
        (Fault.LOST, 60, True, "the branch stayed as it was"),
        (Fault.RESET, 60, False, ""),
        (Fault.BUSY, 60, True, "the branch stayed as it was"),
    ],
)
def test_the_judge_tells_what_could_be_known(
    fault: Fault, deadline: float, keeps: bool, known: str
) -> None:
    """It goes by what the caller saw: after a lost restore, the lists until the deadline."""
    task = RESTORE_CASES[0] if keeps else RESTORE_CASES[-1]
    schedule = replace(NO_FAULTS, task=task, post_injections={0: Injection(fault)})
    transport = FaultyTransport(Harness(task), schedule)
    harness = transport.harness
    listing = harness.http.build_request("GET", f"{harness.project}/branches")
    transport.serve(listing)
    with suppress(httpx.ReadError):
        send(transport, "POST", f"{harness.destination}/restore", harness.body("kept"))
    for _ in range(int(deadline)):
        harness.event_clock.sleep(1)
        transport.serve(listing)
    assert could_know(transport, schedule) == known


def test_a_restore_that_neon_is_at_work_on_is_no_success() -> None:
    """It counts what the branch is, and not only its operations."""
    outcome = Outcome(Reported.DONE, at_work=True)

    def caller(transport: FaultyTransport) -> Outcome:
        restore(transport)
        return outcome

    assert [*verdict(NO_FAULTS, caller).wrong] == ["false success"]


@pytest.mark.parametrize(
    ("said", "wrong"), [(Reported.DONE, ["untold overwrite"]), (Reported.OVERWROTE, [])]
)
def test_an_overwritten_restore_has_to_be_told(said: Reported, wrong: list[str]) -> None:
    def caller(transport: FaultyTransport) -> Outcome:
        transport.harness.restore_before()
        restore(transport)
        return Outcome(said, seen_before=0)

    assert [*verdict(NO_FAULTS, caller).wrong] == wrong
