"""Protected branches are unprotected for no longer than a restore."""

import asyncio
import math

import anyio
import httpx
import pytest

from neon_restore import (
    AsyncNeon,
    LeftUnprotected,
    Neon,
    NeonError,
    NotAuthorized,
    OperationFailed,
    OutcomeUnknown,
    OverwrittenSince,
    StillRunning,
    UnknownName,
)
from tests.client.harness import (
    BACKUP,
    BEFORE_DELETE,
    PRODUCTION,
    Answer,
    Harness,
    error_response,
    interrupted,
    read_timeout,
    sequence,
)

PATCH = f"PATCH /branches/{PRODUCTION}"
OFF_AND_ON = [PATCH, f"POST /branches/{PRODUCTION}/restore", PATCH]


@pytest.fixture(autouse=True)
def _protected(harness: Harness) -> None:
    """Protect production."""
    harness.protect("production")


def is_protected(harness: Harness) -> bool:
    """Return whether production is protected."""
    return harness.sandbox.branch("production").protected


def test_a_protected_branch_is_restored_when_asked_to(neon: Neon, harness: Harness) -> None:
    """It is unprotected from right before the restore or rollback until that has finished."""
    restored = neon.restore("production", at=BEFORE_DELETE, unprotect=True)
    assert harness.writes_sent == OFF_AND_ON
    assert harness.last_sql("production").startswith("INSERT INTO orders")
    assert restored.destination.name == "production"
    assert restored.destination.protected
    assert is_protected(harness)
    assert not harness.sandbox.branch(BACKUP).protected
    neon.plan_rollback(restored, unprotect=True)
    neon.rollback(restored, unprotect=True)
    assert harness.writes_sent == OFF_AND_ON * 2
    assert is_protected(harness)


def test_a_branch_that_is_not_protected_is_left_so(neon: Neon, harness: Harness) -> None:
    harness.create_branch("copy")
    neon.restore("copy", source="production", unprotect=True)
    assert len(harness.writes_sent) == 1
    assert not harness.sandbox.branch("copy").protected


def test_the_plan_says_what_is_open_meanwhile(neon: Neon, harness: Harness) -> None:
    """Carrying out the plan unprotects the branch and protects it again."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE, unprotect=True)
    assert "production is unprotected until the restore has ended" in plan.warnings[1]
    assert "protected" in str(plan).partition("With")[0]
    assert is_protected(harness)
    neon.restore(plan)
    assert harness.writes_sent == OFF_AND_ON
    assert is_protected(harness)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error_response(400, "no"), NeonError),
        (read_timeout, OutcomeUnknown),
        (error_response(423, "busy"), NeonError),
        (interrupted, KeyboardInterrupt),
    ],
)
def test_it_is_protected_again_whatever_becomes_of_the_restore(
    answer: Answer, kind: type[BaseException], neon: Neon, harness: Harness
) -> None:
    """The restore is rejected, lost, busy until the deadline, or interrupted."""
    harness.respond_always("POST", "/restore", answer)
    with pytest.raises(kind):
        neon.restore("production", at=BEFORE_DELETE, unprotect=True, timeout=20)
    assert is_protected(harness)


def test_it_is_protected_again_when_neon_fails(neon: Neon, harness: Harness) -> None:
    harness.storage.fail_next("the disk is full")
    with pytest.raises(OperationFailed):
        neon.restore("production", at=BEFORE_DELETE, unprotect=True)
    assert is_protected(harness)


def test_it_is_protected_again_when_time_is_over(neon: Neon, harness: Harness) -> None:
    """It is protected past the deadline, as soon as Neon's running operations allow it."""
    with pytest.raises(StillRunning) as error:
        neon.restore("production", at=BEFORE_DELETE, unprotect=True, timeout=3)
    assert is_protected(harness)
    assert error.value.pending is not None
    assert neon.wait(error.value.pending).backup is not None
    assert is_protected(harness)


@pytest.mark.parametrize("is_late", [True, False])
def test_protecting_it_ends_in_time(is_late: bool, neon: Neon, harness: Harness) -> None:
    """A lost restore ends 75 s past the deadline; protecting has 120 s from then on.

    Neon is busy to the end, or slow at the end: the two last requests take all that they may.
    """

    def slow(request: httpx.Request) -> httpx.Response:
        left = request.extensions["timeout"]["read"]
        harness.advance(seconds=left - 0.001)
        return harness.sandbox.api.handle(request)

    def lose(request: httpx.Request) -> httpx.Response:
        harness.advance(seconds=9.999 - harness.clock.monotonic())
        harness.respond_always("PATCH", PRODUCTION, busy)
        harness.advance(seconds=request.extensions["timeout"]["read"])
        return read_timeout(request)

    def busy(request: httpx.Request) -> httpx.Response | None:
        if is_late and harness.requests_sent.count(PATCH) == 3:
            harness.answers.pop()
            harness.respond_always("GET", f"/branches/{PRODUCTION}", slow)
            return slow(request)
        return error_response(423, "busy", Retry_After="117" if is_late else "1")(request)

    harness.respond_once("POST", "/restore", lose)
    kind = OutcomeUnknown if is_late else LeftUnprotected
    with pytest.raises(kind):
        neon.restore("production", at=BEFORE_DELETE, unprotect=True, timeout=10)
    assert is_protected(harness) == is_late
    assert 10 + 75 + 110 < harness.clock.monotonic() <= 10 + 75 + 120


def test_it_is_protected_again_when_opening_it_failed(neon: Neon, harness: Harness) -> None:
    """The request that removes the protection may have been carried out."""
    opened = sequence(harness.sandbox.api.handle, error_response(400, "no"))
    harness.respond_once("PATCH", PRODUCTION, opened)
    with pytest.raises(NeonError, match="Neon says: no"):
        neon.restore("production", at=BEFORE_DELETE, unprotect=True)
    assert harness.writes_sent == [PATCH] * 2
    assert is_protected(harness)


@pytest.mark.parametrize("blind", [True, False])
def test_a_key_that_may_not_unprotect(blind: bool, neon: Neon, harness: Harness) -> None:
    """The error is Neon's, and no restore is sent."""
    harness.respond_always("PATCH", PRODUCTION, error_response(403, "no"))
    if blind:
        harness.respond_always("GET", f"/branches/{PRODUCTION}", error_response(403, "no"))
    with pytest.raises(NotAuthorized) as error:
        neon.restore("production", at=BEFORE_DELETE, unprotect=True)
    assert error.value.changed == "nothing."
    assert len(harness.writes_sent) == 1
    assert is_protected(harness)


def test_an_interrupted_opening_is_never_the_last_word(neon: Neon, harness: Harness) -> None:
    """Ctrl-C interrupts the request that removes the protection, and it arrives 20 s later."""
    held = harness.delay("PATCH", PRODUCTION, 20, interrupted)
    with pytest.raises(KeyboardInterrupt):
        neon.restore("production", at=BEFORE_DELETE, unprotect=True)
    assert not held
    assert is_protected(harness)


def test_a_client_that_was_closed_ends_at_once(neon: Neon, harness: Harness) -> None:
    """No request can be sent any more, and the error says that the branch is unprotected."""

    def closed(request: httpx.Request) -> None:
        if len(harness.writes_sent) > 1:  # from the restore request on
            raise RuntimeError("the client has been closed")

    harness.answers.append(closed)
    with pytest.raises(LeftUnprotected, match="the client has been closed"):
        neon.restore("production", at=BEFORE_DELETE, unprotect=True)
    assert len(harness.writes_sent) == 3


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_cancelling_every_await_protects_the_branch(method: str, harness: Harness) -> None:
    """Anyio cancels each await; the request that protects the branch is sent all the same."""

    async def main() -> None:
        async def handle(request: httpx.Request) -> httpx.Response:
            if request.method == method:
                scope.cancel()
            await anyio.sleep(0.02)  # of real time, in which a task can be cancelled
            return harness.handle(request)

        async with AsyncNeon(transport=httpx.MockTransport(handle)) as neon:
            with anyio.CancelScope() as scope:
                await neon.restore("production", at=BEFORE_DELETE, unprotect=True)
            assert scope.cancelled_caught

    asyncio.run(main())
    assert len(harness.writes_sent) >= 2
    assert is_protected(harness)


def test_protecting_it_is_tried_again_after_lost_answers(neon: Neon, harness: Harness) -> None:
    """Protecting a branch is idempotent."""
    harness.respond_once("PATCH", PRODUCTION, *[read_timeout] * 3)
    neon.restore("production", at=BEFORE_DELETE, unprotect=True)
    assert is_protected(harness)


@pytest.mark.parametrize("late", [math.inf, 0.0, 13.0, 29.0])
def test_a_late_unprotect_is_not_the_last_word(late: float, neon: Neon, harness: Harness) -> None:
    """The request arrives never, at once, or when the branch is already protected again."""
    held = harness.delay("PATCH", PRODUCTION, late, read_timeout)
    neon.restore("production", at=BEFORE_DELETE, unprotect=True)
    assert is_protected(harness)
    assert not held or late == math.inf
    assert harness.clock.monotonic() > 30


def test_a_concurrent_restore_before_it_is_protected_is_told(neon: Neon, harness: Harness) -> None:
    """The last read of the branch is the one that confirms its protection."""
    harness.respond_once("PATCH", PRODUCTION, None, harness.restore_elsewhere)
    with pytest.raises(OverwrittenSince):
        neon.restore("production", at=BEFORE_DELETE, unprotect=True)
    assert is_protected(harness)


def test_no_number_of_interruptions_leaves_it_open(neon: Neon, harness: Harness) -> None:
    """Each Ctrl-C while the branch is being protected again is raised after that."""
    harness.respond_once("PATCH", PRODUCTION, None, interrupted, interrupted)
    with pytest.raises(KeyboardInterrupt) as error:
        neon.restore("production", at=BEFORE_DELETE, unprotect=True)
    assert is_protected(harness)
    assert f"resume('production', backup_name='{BACKUP}')" in error.value.__notes__[0]


@pytest.mark.parametrize("is_error", [True, False])
def test_what_stays_unprotected_is_reported(is_error: bool, neon: Neon, harness: Harness) -> None:
    """Neon returns an error, or the branch unprotected: the error says what has finished."""

    def unchanged(request: httpx.Request) -> httpx.Response:
        read = httpx.Request("GET", request.url, headers=request.headers)
        return harness.sandbox.api.handle(read)

    answer = error_response(403) if is_error else unchanged
    harness.respond_once("PATCH", PRODUCTION, None, answer)
    with pytest.raises(LeftUnprotected, match="could not be protected again") as error:
        neon.restore("production", at=BEFORE_DELETE, unprotect=True)
    assert error.value.changed == "the restore has finished. production is not protected."
    assert error.value.pending is not None
    assert "protect=True" in error.value.advice
    assert not is_protected(harness)


def test_a_failure_that_also_leaves_it_open_says_both(neon: Neon, harness: Harness) -> None:
    """The error of the restore is the cause, and its pending restore can be waited for."""
    harness.respond_once("PATCH", PRODUCTION, None, error_response(403))
    with pytest.raises(LeftUnprotected, match="Neon answered 403") as error:
        neon.restore("production", at=BEFORE_DELETE, unprotect=True, timeout=3)
    assert isinstance(error.value.__cause__, StillRunning)
    assert error.value.changed.startswith("Neon accepted the restore of production")
    assert error.value.pending is not None
    neon.wait(error.value.pending)
    assert is_protected(harness)


def test_an_interruption_that_also_leaves_it_open_says_both(neon: Neon, harness: Harness) -> None:
    """The error says that the restore may be under way."""
    harness.respond_once("PATCH", PRODUCTION, None, error_response(403))
    harness.respond_once("POST", "/restore", interrupted)
    with pytest.raises(LeftUnprotected) as error:
        neon.restore("production", at=BEFORE_DELETE, unprotect=True)
    assert "interrupted, and may be under way" in error.value.changed
    assert error.value.pending is not None
    assert error.value.pending.backup_name == BACKUP


def test_a_restore_that_is_waited_for_later_protects_it_then(neon: Neon, harness: Harness) -> None:
    """Until then it is unprotected, since Neon is still restoring it."""
    pending = neon.begin_restore("production", at=BEFORE_DELETE, unprotect=True)
    assert pending.unprotect
    assert not is_protected(harness)
    neon.wait(pending)
    assert is_protected(harness)


def test_a_killed_process_is_made_good_by_resume(neon: Neon, harness: Harness) -> None:
    """`resume` takes the name of the branch, or the plan, which says that it was protected."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE, unprotect=True)
    neon.begin_restore(plan)
    assert not is_protected(harness)
    neon.resume(plan)
    assert is_protected(harness)
    harness.sandbox.branch("production").protected = False
    neon.resume("production", protect=True)
    assert is_protected(harness)


def test_a_process_killed_before_the_restore_is_made_good(neon: Neon, harness: Harness) -> None:
    """The branch is unprotected, and the restore was never sent."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE, unprotect=True)
    harness.sandbox.branch("production").protected = False
    with pytest.raises(UnknownName):
        neon.resume(plan)
    assert is_protected(harness)
    harness.sandbox.branch("production").protected = False
    with pytest.raises(UnknownName, match="No backup of production was found"):
        neon.resume("production", protect=True)
    assert is_protected(harness)


def test_a_task_that_is_cancelled_protects_its_branch(harness: Harness) -> None:
    """Asyncio cancels the task in the middle of a pause."""

    async def main() -> None:
        async with AsyncNeon(transport=httpx.MockTransport(harness.handle)) as neon:
            task = asyncio.create_task(neon.restore("production", at=BEFORE_DELETE, unprotect=True))

            def cancel(request: httpx.Request) -> None:
                if "/operations/" in request.url.path:
                    harness.answers.remove(cancel)
                    task.cancel()

            harness.answers.append(cancel)
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert is_protected(harness)
