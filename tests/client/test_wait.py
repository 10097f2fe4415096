"""Waiting for Neon's operations: polling intervals, deadline, failures."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from statistics import mean
from typing import Any

import httpx
import pytest

from neon_restore import (
    Neon,
    NeonRestoreError,
    NoAnswer,
    OperationFailed,
    Refused,
    StillRunning,
    UnexpectedAnswer,
)
from neon_sandbox.model import rules
from tests.client.harness import (
    BACKUP,
    BEFORE_DELETE,
    PRODUCTION,
    Answer,
    Harness,
    error_response,
    read_timeout,
)

Pace = Callable[[float], None]


@pytest.fixture
def pace(monkeypatch: pytest.MonkeyPatch) -> Pace:
    """Return a function that sets how many seconds a restore's operations take in all."""
    durations: Any = rules.OPERATION_DURATIONS
    usual = dict(rules.OPERATION_DURATIONS)
    total = sum(usual[action].total_seconds() for action, _ in rules.RESTORE_OPERATIONS)

    def set_pace(seconds: float) -> None:
        for action, length in usual.items():
            monkeypatch.setitem(durations, action, length * (seconds / total))

    return set_pace


def end_operations_as(status: str, harness: Harness) -> None:
    """Report operations as ended with a status whenever the client polls one."""

    def ended(request: httpx.Request) -> httpx.Response:
        body = harness.sandbox.api.handle(request).json()
        body["operation"]["status"] = status
        return httpx.Response(200, json=body)

    harness.respond_always("GET", "/operations/", ended)


def test_work_that_is_over_at_once_is_not_polled(neon: Neon, harness: Harness, pace: Pace) -> None:
    pace(0)
    neon.restore("production", at=BEFORE_DELETE)
    assert not any("/operations/" in line for line in harness.requests_sent)
    assert harness.clock.monotonic() == 0


def test_looks_become_rarer(neon: Neon, harness: Harness, pace: Pace) -> None:
    """A pause is a quarter of the time waited, at least 0.05 s and at most 10 s."""
    pace(300)
    times = []
    harness.respond_always(
        "GET", "/operations/", lambda request: times.append(harness.clock.monotonic())
    )
    neon.restore("production", at=BEFORE_DELETE)
    pauses = [round(after - before, 3) for before, after in itertools.pairwise(times)]
    assert pauses[:4] == [0.05] * 4
    assert max(pauses) == 10.0
    assert len(times) < 60
    waited = 0.0
    for pause in (p for p in pauses if p):
        assert pause == pytest.approx(min(max(0.05, waited / 4), 10.0), abs=0.002)
        waited += pause


def test_a_wait_ends_soon_after_the_work(neon: Neon, harness: Harness, pace: Pace) -> None:
    """It adds a quarter and 0.05 s at most, and 15 % on average over durations of 0.2 to 20 s."""
    spread = [0.2 * 100 ** (step / 50) for step in range(51)]
    late = {}
    for work in (*spread, 0.5, 1.0, 2.5, 5.7, 11.0):
        pace(work)
        pending = neon.begin_restore("production", at=timedelta(seconds=1))
        ended = harness.sandbox.model.idle_at()
        assert ended is not None
        neon.wait(pending)
        late[work] = (harness.clock.now() - ended).total_seconds() / work
        assert late[work] <= 0.25 + 0.05 / work
    assert mean(late[work] for work in spread) <= 0.15


def test_the_deadline_ends_a_wait_and_not_the_restore(neon: Neon, harness: Harness) -> None:
    """`StillRunning` has what is needed to wait again; Neon continues meanwhile."""
    with pytest.raises(StillRunning, match="was still running after 2 s") as error:
        neon.restore("production", at=BEFORE_DELETE, timeout=2)
    assert harness.clock.monotonic() == pytest.approx(2, abs=0.05)
    assert error.value.changed == (
        "Neon accepted the restore of production and goes on with it. The previous state goes to "
        f"branch {BACKUP}."
    )
    assert "wait(error.pending)" in error.value.advice
    assert error.value.pending is not None
    restored = neon.wait(error.value.pending)
    assert restored.backup is not None
    assert restored.backup.name == BACKUP
    assert harness.writes_sent == [f"POST /branches/{PRODUCTION}/restore"]


def test_a_restore_can_be_waited_for_later(neon: Neon, harness: Harness) -> None:
    """Another client can wait, and at any time: finished operations are polled without a pause."""
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    assert harness.clock.monotonic() == 0
    assert next(operation.status for operation in pending.operations) == "running"
    restored = harness.connect().wait(pending)
    assert restored.intent.planned_at == pending.planned_at
    assert restored.duration == timedelta(seconds=5.7)
    assert harness.last_sql("production").startswith("INSERT INTO orders")
    harness.advance(hours=3)
    late = harness.clock.monotonic()
    assert neon.wait(pending).duration == timedelta(seconds=5.7)
    assert harness.clock.monotonic() == late


def test_a_failed_operation_fails_the_restore(neon: Neon, harness: Harness) -> None:
    harness.storage.fail_next("disk full\x1b[2J")
    with pytest.raises(OperationFailed, match="suspend_compute ended as failed") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert error.value.operation.status == "failed"
    assert error.value.operation.error == "disk full\x1b[2J"
    assert error.value.neon_message == "disk full\x1b[2J"
    assert "disk full\\x1b[2J" in str(error.value)
    assert "production may hold either state" in error.value.changed
    assert BACKUP in error.value.changed
    assert error.value.operation.id in error.value.advice
    assert error.value.pending is not None


@pytest.mark.parametrize("ended", ["failed", "error", "cancelled"])
def test_every_bad_end_is_a_failure(ended: str, neon: Neon, harness: Harness) -> None:
    end_operations_as(ended, harness)
    with pytest.raises(OperationFailed, match=f"ended as {ended}") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert error.value.neon_message is None


def test_a_skipped_operation_is_done(neon: Neon, harness: Harness) -> None:
    end_operations_as("skipped", harness)
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert {operation.status for operation in restored.operations} == {"skipped"}


@pytest.mark.parametrize("answer", [read_timeout, error_response(500), error_response(404)])
def test_an_error_while_waiting_says_that_the_restore_goes_on(
    answer: Answer, neon: Neon, harness: Harness
) -> None:
    harness.respond_always("GET", "/operations/", answer)
    with pytest.raises(NeonRestoreError, match="Neon accepted the restore") as error:
        neon.restore("production", at=BEFORE_DELETE)
    pending: Any = error.value.pending
    harness.answers.clear()
    assert neon.wait(pending).backup is not None


def test_an_error_after_the_work_says_that_it_is_done(neon: Neon, harness: Harness) -> None:
    """Only the last listing fails."""
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    harness.respond_always("GET", "/branches", read_timeout)
    with pytest.raises(NoAnswer) as error:
        neon.wait(pending)
    assert error.value.changed.startswith("the operations of the restore of production have ended.")
    assert error.value.pending == pending


@pytest.mark.parametrize("gone", ["production", BACKUP])
def test_a_branch_that_vanished_is_missed(gone: str, neon: Neon, harness: Harness) -> None:
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    harness.run_until_idle()
    if gone == "production":
        del harness.sandbox.model.branches[PRODUCTION]
    else:
        harness.sandbox.branch(gone).name = "renamed"
    with pytest.raises(UnexpectedAnswer, match=f"There is no branch {gone}") as error:
        neon.wait(pending)
    assert error.value.changed.startswith("the operations of the restore of production have ended.")
    assert error.value.pending == pending
    assert harness.clock.monotonic() >= 30


def test_a_restore_is_waited_for_where_it_was_made(neon: Neon, harness: Harness) -> None:
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    harness.sent.clear()
    with pytest.raises(Refused, match="made for project"):
        harness.connect(project_id="another").wait(pending)
    assert harness.sent == []
