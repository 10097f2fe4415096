"""Waiting for Neon's operations: polling intervals, deadline, failures."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from statistics import mean
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest

from neon_restore import (
    NeonRestoreError,
    NoAnswer,
    OperationFailed,
    Refused,
    StillRunning,
    UnexpectedAnswer,
)
from neon_sandbox.model import assumptions
from tests.client.harness import (
    BACKUP,
    BEFORE_DELETE,
    PRODUCTION,
    Harness,
    error_response,
    read_timeout,
)

if TYPE_CHECKING:
    from neon_restore import Neon
    from tests.client.harness import Answer


Pace = Callable[[float], None]


@pytest.fixture
def pace(monkeypatch: pytest.MonkeyPatch) -> Pace:
    """Return a function that sets how many seconds a restore's operations take in all."""
    usual = dict(assumptions.OPERATION_DURATIONS)
    total = sum(usual[action].total_seconds() for action, _ in assumptions.RESTORE_OPERATIONS)

    def set_pace(seconds: float) -> None:
        for action, length in usual.items():
            monkeypatch.setitem(
                cast("Any", assumptions.OPERATION_DURATIONS), action, length * (seconds / total)
            )

    return set_pace


def test_a_restore_returns_when_the_last_operation_has_finished(
    neon: Neon, harness: Harness
) -> None:
    """When the call returns, all operations have finished and the branch is ready."""
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert [operation.status for operation in restored.operations] == ["finished"] * 3
    assert harness.sandbox.model.idle_at() is None
    assert restored.destination.current_state == "ready"


def test_the_first_look_comes_at_once(neon: Neon, harness: Harness) -> None:
    """If the operations have already finished, there is no pause."""
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    harness.run_until_idle()
    settled = harness.clock.monotonic()
    neon.wait(pending)
    assert harness.clock.monotonic() == settled


def test_work_that_is_over_when_it_is_accepted_is_not_looked_at(
    neon: Neon, harness: Harness, pace: Pace
) -> None:
    """Operations that the response reports as finished are not polled."""
    pace(0)
    neon.restore("production", at=BEFORE_DELETE)
    assert not any("/operations/" in line for line in harness.requests_sent)
    assert harness.clock.monotonic() == 0


def test_looks_become_rarer(neon: Neon, harness: Harness, pace: Pace) -> None:
    """A pause is a quarter of the time waited, at least 0.05 s and at most 10 s."""
    pace(300)
    times = []

    def note(request: httpx.Request) -> None:
        if "/operations/" in request.url.path:
            times.append(harness.clock.monotonic())

    harness.answers.append(note)
    neon.restore("production", at=BEFORE_DELETE)
    pauses = [round(after - before, 3) for before, after in itertools.pairwise(times)]
    assert pauses[:4] == [0.05] * 4
    assert max(pauses) == 10.0
    assert len(times) < 60
    waited = 0.0
    for pause in (p for p in pauses if p):
        assert pause == pytest.approx(min(max(0.05, waited / 4), 10.0), abs=0.002)
        waited += pause


@pytest.mark.parametrize("work", [0.2, 0.5, 1.0, 2.5, 5.7, 11.0, 20.0])
def test_a_wait_ends_soon_after_the_work(
    work: float, neon: Neon, harness: Harness, pace: Pace
) -> None:
    """It ends at most a quarter of the operations' duration, plus 0.05 s, after their end."""
    pace(work)
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    ended = harness.sandbox.model.idle_at()
    assert ended is not None
    neon.wait(pending)
    late = (harness.clock.now() - ended).total_seconds()
    assert late <= 0.25 * work + 0.05


def test_waits_are_fifteen_percent_late_on_average_at_most(
    neon: Neon, harness: Harness, pace: Pace
) -> None:
    """Over durations of 0.2 to 20 s, the mean of what a wait adds stays within 15 %."""
    late = []
    for step in range(15):
        work = 0.2 * 100 ** (step / 14)
        pace(work)
        pending = neon.begin_restore("production", at=timedelta(seconds=1))
        ended = harness.sandbox.model.idle_at()
        assert ended is not None
        neon.wait(pending)
        late.append((harness.clock.now() - ended).total_seconds() / work)
    assert mean(late) <= 0.15


def test_the_deadline_ends_a_wait_and_not_the_restore(neon: Neon, harness: Harness) -> None:
    """`StillRunning` has what is needed to wait again; Neon continues meanwhile."""
    with pytest.raises(StillRunning, match="was still running after 2 s") as error:
        neon.restore("production", at=BEFORE_DELETE, timeout=2)
    assert harness.clock.monotonic() == pytest.approx(2, abs=0.05)
    pending = error.value.pending
    assert pending is not None
    assert error.value.changed == (
        "Neon accepted the restore of production and goes on with it. The previous state goes to "
        f"branch {BACKUP}."
    )
    assert "wait(error.pending)" in error.value.advice
    restored = neon.wait(pending)
    assert restored.backup is not None
    assert restored.backup.name == BACKUP
    assert harness.writes_sent == [f"POST /branches/{PRODUCTION}/restore"]


def test_a_restore_can_be_waited_for_later(neon: Neon, harness: Harness) -> None:
    """`begin_restore` returns at once; another client waits for the same restore."""
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    assert harness.clock.monotonic() == 0
    assert next(operation.status for operation in pending.operations) == "running"
    restored = harness.connect().wait(pending)
    assert restored.intent.planned_at == pending.planned_at
    assert restored.duration == timedelta(seconds=5.7)
    assert harness.last_sql("production").startswith("INSERT INTO orders")


def test_a_wait_that_comes_late_says_how_long_neon_took(neon: Neon, harness: Harness) -> None:
    """The duration is that of Neon's operations, however late the wait."""
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    harness.advance(hours=3)
    assert neon.wait(pending).duration == timedelta(seconds=5.7)


def test_a_failed_operation_fails_the_restore(neon: Neon, harness: Harness) -> None:
    """The error has the operation and Neon's message, and says that either state is possible."""
    harness.storage.fail_next("disk full\x1b[2J")
    with pytest.raises(OperationFailed, match="suspend_compute ended as failed") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert error.value.operation.status == "failed"
    assert error.value.neon_message == "disk full\x1b[2J"
    assert "disk full\\x1b[2J" in str(error.value)
    assert "production may hold either state" in error.value.changed
    assert error.value.operation.id in error.value.advice
    assert error.value.pending is not None


@pytest.mark.parametrize("ended", ["failed", "error", "cancelled"])
def test_every_bad_end_is_a_failure(ended: str, neon: Neon, harness: Harness) -> None:
    """Operations that end as failed, error or cancelled do not count as done."""

    def badly(request: httpx.Request) -> httpx.Response:
        body = harness.sandbox.api.handle(request).json()
        body["operation"]["status"] = ended
        return httpx.Response(200, json=body)

    harness.respond_always("GET", "/operations/", badly)
    with pytest.raises(OperationFailed, match=f"ended as {ended}") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert error.value.neon_message is None


def test_a_skipped_operation_is_done(neon: Neon, harness: Harness) -> None:
    def skipped(request: httpx.Request) -> httpx.Response:
        body = harness.sandbox.api.handle(request).json()
        body["operation"]["status"] = "skipped"
        return httpx.Response(200, json=body)

    harness.respond_always("GET", "/operations/", skipped)
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert {operation.status for operation in restored.operations} == {"skipped"}


@pytest.mark.parametrize("answer", [read_timeout, error_response(500), error_response(404)])
def test_an_error_while_waiting_says_that_the_restore_goes_on(
    answer: Answer, neon: Neon, harness: Harness
) -> None:
    """After Neon accepted the restore, no error claims that nothing was changed."""
    harness.respond_always("GET", "/operations/", answer)
    with pytest.raises(NeonRestoreError, match="Neon accepted the restore") as error:
        neon.restore("production", at=BEFORE_DELETE)
    pending: Any = error.value.pending
    harness.answers.clear()
    assert neon.wait(pending).backup is not None


def test_an_error_after_the_work_says_that_it_is_done(neon: Neon, harness: Harness) -> None:
    """If only the last listing fails, the error says that the restore has finished."""
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    harness.respond_always("GET", "/branches", read_timeout)
    with pytest.raises(NoAnswer) as error:
        neon.wait(pending)
    assert error.value.changed.startswith("the restore of production has finished.")
    assert error.value.pending == pending


@pytest.mark.parametrize("gone", ["production", BACKUP])
def test_a_branch_that_vanished_meanwhile_is_missed(
    gone: str, neon: Neon, harness: Harness
) -> None:
    """If the destination or the backup branch is gone, the error names it."""
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    harness.run_until_idle()
    if gone == "production":
        del harness.sandbox.model.branches[PRODUCTION]
    else:
        harness.sandbox.branch(gone).name = "renamed"
    with pytest.raises(UnexpectedAnswer, match=f"There is no branch {gone}") as error:
        neon.wait(pending)
    assert error.value.changed == "the restore of production has finished."
    assert error.value.pending == pending


def test_a_restore_is_waited_for_where_it_was_made(neon: Neon, harness: Harness) -> None:
    """Another project's client refuses before it sends a request."""
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    asked = len(harness.sent)
    with pytest.raises(Refused, match="made for project"):
        harness.connect(project_id="another").wait(pending)
    assert len(harness.sent) == asked
