"""Protected branches are open for no longer than a restore."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from neon_restore import (
    AsyncNeon,
    LeftUnprotected,
    NeonError,
    NotAuthorized,
    OperationFailed,
    OutcomeUnknown,
    OverwrittenSince,
    StillRunning,
    UnknownName,
)
from neon_sandbox.model.restore import restore
from tests.client.world import BACKUP, GOOD, PRODUCTION, World, lost, status

if TYPE_CHECKING:
    from neon_restore import Neon
    from tests.client.world import Answer

OFF_AND_ON = [
    f"PATCH /branches/{PRODUCTION}",
    f"POST /branches/{PRODUCTION}/restore",
    f"PATCH /branches/{PRODUCTION}",
]


@pytest.fixture(autouse=True)
def _protected(world: World) -> None:
    """Protect production."""
    world.protect("production")


class SlowTransport(httpx.MockTransport):
    """Answers after a moment of real time, in which a task can be cancelled."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Wait, and answer."""
        await anyio.sleep(0.02)
        return await super().handle_async_request(request)


def is_protected(world: World) -> bool:
    """Whether production is protected."""
    return world.sandbox.branch("production").protected


def interrupted(request: httpx.Request) -> httpx.Response:
    """Somebody presses Ctrl-C, or cancels the task."""
    raise KeyboardInterrupt


def test_a_protected_branch_is_restored_when_asked_to(neon: Neon, world: World) -> None:
    """It is open from just before the restore until the restore has finished."""
    restored = neon.restore("production", at=GOOD, unprotect=True)
    assert world.changes == OFF_AND_ON
    assert world.last_sql("production").startswith("INSERT INTO orders")
    assert restored.destination.name == "production"
    assert restored.destination.protected
    assert is_protected(world)
    assert not world.sandbox.branch(BACKUP).protected


def test_a_branch_that_is_not_protected_is_left_so(neon: Neon, world: World) -> None:
    """Asking for it makes no difference where there is no protection."""
    world.create_branch("copy")
    neon.restore("copy", source="production", unprotect=True)
    assert len(world.changes) == 1
    assert not world.sandbox.branch("copy").protected


def test_the_plan_says_what_is_open_meanwhile(neon: Neon, world: World) -> None:
    """And carrying it out does as it says."""
    plan = neon.plan_restore("production", at=GOOD, unprotect=True)
    assert "production is unprotected until the restore has ended" in plan.warnings[1]
    assert "protected" in str(plan).partition("With")[0]
    assert is_protected(world)
    neon.restore(plan)
    assert world.changes == OFF_AND_ON
    assert is_protected(world)


def test_a_protected_branch_is_rolled_back_when_asked_to(neon: Neon, world: World) -> None:
    """A rollback is a restore."""
    restored = neon.restore("production", at=GOOD, unprotect=True)
    neon.plan_rollback(restored, unprotect=True)
    neon.rollback(restored, unprotect=True)
    assert is_protected(world)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (status(400, "no"), NeonError),
        (lost, OutcomeUnknown),
        (status(423, "busy"), NeonError),
        (interrupted, KeyboardInterrupt),
    ],
)
def test_it_is_protected_again_whatever_becomes_of_the_restore(
    answer: Answer, kind: type[BaseException], neon: Neon, world: World
) -> None:
    """Refused, lost, busy until the deadline, or interrupted."""
    world.always("POST", "/restore", answer)
    with pytest.raises(kind):
        neon.restore("production", at=GOOD, unprotect=True, timeout=20)
    assert is_protected(world)


def test_it_is_protected_again_when_neon_fails(neon: Neon, world: World) -> None:
    """An operation that fails leaves no branch open."""
    world.storage.fail_next("the disk is full")
    with pytest.raises(OperationFailed):
        neon.restore("production", at=GOOD, unprotect=True)
    assert is_protected(world)


def test_it_is_protected_again_when_time_is_over(neon: Neon, world: World) -> None:
    """Past the deadline, and as soon as Neon, which is still at work, lets it be."""
    with pytest.raises(StillRunning) as error:
        neon.restore("production", at=GOOD, unprotect=True, timeout=3)
    assert is_protected(world)
    assert error.value.pending is not None
    assert neon.wait(error.value.pending).backup is not None
    assert is_protected(world)


def test_it_is_protected_again_when_opening_it_failed(neon: Neon, world: World) -> None:
    """Nobody knows what became of the request that took the protection off."""

    def opened(request: httpx.Request) -> httpx.Response:
        world.sandbox.api.handle(request)
        return status(400, "no")(request) or httpx.Response(400)

    world.once("PATCH", PRODUCTION, opened)
    with pytest.raises(NeonError, match="Neon says: no"):
        neon.restore("production", at=GOOD, unprotect=True)
    assert world.changes == [f"PATCH /branches/{PRODUCTION}"] * 2
    assert is_protected(world)


@pytest.mark.parametrize("blind", [True, False])
def test_what_neon_does_not_open_is_no_open_branch(blind: bool, neon: Neon, world: World) -> None:
    """A key that may not take the protection off: the error is Neon's, and nothing else is sent."""
    world.always("PATCH", PRODUCTION, status(403, "no"))
    if blind:
        world.always("GET", f"/branches/{PRODUCTION}", status(403, "no"))
    with pytest.raises(NotAuthorized) as error:
        neon.restore("production", at=GOOD, unprotect=True)
    assert error.value.changed == "nothing."
    assert len(world.changes) == 1
    assert is_protected(world)


def test_an_interrupted_opening_is_never_the_last_word(neon: Neon, world: World) -> None:
    """Ctrl-C while the request is on its way, which arrives when all seems over."""
    held: list[httpx.Request] = []

    def interrupt(request: httpx.Request) -> httpx.Response:
        held.append(request)
        raise KeyboardInterrupt

    def arrive(request: httpx.Request) -> None:
        if held and world.clock.monotonic() >= 20:
            world.sandbox.api.handle(held.pop())

    world.once("PATCH", PRODUCTION, interrupt)
    world.answers.append(arrive)
    with pytest.raises(KeyboardInterrupt):
        neon.restore("production", at=GOOD, unprotect=True)
    assert not held
    assert is_protected(world)


def test_a_client_that_was_closed_ends_at_once(neon: Neon, world: World) -> None:
    """Nothing can be sent any more, and the branch is open: the error says so."""

    def closed(request: httpx.Request) -> None:
        if len(world.changes) > 1:  # from the restore itself on
            raise RuntimeError("the client has been closed")

    world.answers.append(closed)
    with pytest.raises(LeftUnprotected, match="the client has been closed"):
        neon.restore("production", at=GOOD, unprotect=True)
    assert len(world.changes) == 3


def test_a_branch_is_protected_by_name_when_there_is_nothing_to_resume(
    neon: Neon, world: World
) -> None:
    """A process was killed between the opening and the restore."""
    world.sandbox.branch("production").protected = False
    with pytest.raises(UnknownName, match="No backup of production was found"):
        neon.resume("production", protect=True)
    assert is_protected(world)


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_cancelling_every_await_protects_the_branch(method: str, world: World) -> None:
    """Anyio goes on cancelling; what puts the branch right is sent all the same."""

    async def main() -> None:
        def cancel(request: httpx.Request) -> None:
            if request.method == method:
                scope.cancel()

        world.answers.append(cancel)
        async with AsyncNeon(transport=SlowTransport(world.handle)) as neon:
            with anyio.CancelScope() as scope:
                await neon.restore("production", at=GOOD, unprotect=True)
            assert scope.cancelled_caught

    asyncio.run(main())
    assert len(world.changes) >= 2
    assert is_protected(world)


def test_protecting_it_is_tried_again_after_lost_answers(neon: Neon, world: World) -> None:
    """To set it twice is to set it once."""
    for _ in range(3):
        world.once("PATCH", PRODUCTION, lost)
    neon.restore("production", at=GOOD, unprotect=True)
    assert is_protected(world)


@pytest.mark.parametrize("late", [None, 0.0, 13.0, 29.0])
def test_an_opening_whose_answer_was_lost_is_never_the_last_word(
    late: float | None, neon: Neon, world: World
) -> None:
    """The request arrives never, at once, or when the branch was protected again already."""
    held: list[httpx.Request] = []

    def slow(request: httpx.Request) -> httpx.Response:
        held.append(request)
        return lost(request)

    def arrive(request: httpx.Request) -> None:
        busy = world.sandbox.model.idle_at() is not None
        if held and late is not None and world.clock.monotonic() >= late and not busy:
            assert world.sandbox.api.handle(held.pop()).status_code == 200

    world.once("PATCH", PRODUCTION, slow)
    world.answers.append(arrive)
    neon.restore("production", at=GOOD, unprotect=True)
    assert is_protected(world)
    assert not held or late is None
    assert world.clock.monotonic() > 30


def test_a_restore_by_somebody_before_it_is_protected_again_is_told(
    neon: Neon, world: World
) -> None:
    """The last look at the branch is the one that reads its protection back."""

    def meanwhile(request: httpx.Request) -> None:
        if request.method == "PATCH" and len(world.changes) == 3:
            world.answers.remove(meanwhile)
            restore(
                world.sandbox.model, PRODUCTION, PRODUCTION, timestamp=GOOD, preserve_as="theirs"
            )
            world.run_until_idle()

    world.answers.append(meanwhile)
    with pytest.raises(OverwrittenSince):
        neon.restore("production", at=GOOD, unprotect=True)
    assert is_protected(world)


def test_no_number_of_interruptions_leaves_it_open(neon: Neon, world: World) -> None:
    """Each Ctrl-C while it is being protected again is heard after that."""
    answers = iter([None, interrupted, interrupted])

    def impatient(request: httpx.Request) -> httpx.Response | None:
        answer = next(answers, None)
        return answer(request) if answer else None

    world.always("PATCH", PRODUCTION, impatient)
    with pytest.raises(KeyboardInterrupt) as error:
        neon.restore("production", at=GOOD, unprotect=True)
    assert is_protected(world)
    assert f"resume('production', backup_name='{BACKUP}')" in error.value.__notes__[0]


@pytest.mark.parametrize("says", ["an error", "that it is not"])
def test_what_cannot_be_protected_again_is_said_aloud(says: str, neon: Neon, world: World) -> None:
    """The error says that the restore has finished and the branch is open."""
    answers = iter([None, status(403) if says == "an error" else status(200)])

    def closed(request: httpx.Request) -> httpx.Response | None:
        answer = next(answers)
        if answer and says != "an error":
            return world.sandbox.api.handle(
                httpx.Request("GET", request.url, headers=request.headers)
            )
        return answer(request) if answer else None

    world.always("PATCH", PRODUCTION, closed)
    with pytest.raises(LeftUnprotected, match="could not be protected again") as error:
        neon.restore("production", at=GOOD, unprotect=True)
    assert error.value.changed == "the restore has finished. production is not protected."
    assert error.value.pending is not None
    assert "protect=True" in error.value.advice
    assert not is_protected(world)


def test_a_failure_that_also_leaves_it_open_says_both(neon: Neon, world: World) -> None:
    """What the restore ended with is the cause, and its restore can be waited for."""
    answers = iter([None, status(403)])
    world.always("PATCH", PRODUCTION, lambda r: (a := next(answers)) and a(r))
    with pytest.raises(LeftUnprotected, match="Neon answered 403") as error:
        neon.restore("production", at=GOOD, unprotect=True, timeout=3)
    assert isinstance(error.value.__cause__, StillRunning)
    assert error.value.changed.startswith("Neon accepted the restore of production")
    assert error.value.pending is not None
    world.answers.clear()
    neon.wait(error.value.pending)
    assert is_protected(world)


def test_an_interruption_that_also_leaves_it_open_says_both(neon: Neon, world: World) -> None:
    """The restore may be under way."""
    answers = iter([None, status(403)])
    world.always("PATCH", PRODUCTION, lambda r: (a := next(answers)) and a(r))
    world.once("POST", "/restore", interrupted)
    with pytest.raises(LeftUnprotected) as error:
        neon.restore("production", at=GOOD, unprotect=True)
    assert "interrupted, and may be under way" in error.value.changed
    assert error.value.pending is not None
    assert error.value.pending.backup_name == BACKUP


def test_a_restore_that_is_waited_for_later_protects_it_then(neon: Neon, world: World) -> None:
    """Until then it is open, since Neon is at work on it."""
    pending = neon.begin_restore("production", at=GOOD, unprotect=True)
    assert pending.unprotect
    assert not is_protected(world)
    neon.wait(pending)
    assert is_protected(world)


def test_a_killed_process_is_made_good_by_resume(neon: Neon, world: World) -> None:
    """By the name of the branch, or with the plan, which knows that it was protected."""
    plan = neon.plan_restore("production", at=GOOD, unprotect=True)
    neon.begin_restore(plan)
    assert not is_protected(world)
    neon.resume(plan)
    assert is_protected(world)
    world.sandbox.branch("production").protected = False
    neon.resume("production", protect=True)
    assert is_protected(world)


def test_a_process_killed_before_the_restore_is_made_good_too(neon: Neon, world: World) -> None:
    """The branch is open, and the restore was never sent."""
    plan = neon.plan_restore("production", at=GOOD, unprotect=True)
    world.sandbox.branch("production").protected = False
    with pytest.raises(UnknownName):
        neon.resume(plan)
    assert is_protected(world)


def test_a_task_that_is_cancelled_protects_its_branch(world: World) -> None:
    """Asyncio's own cancellation, in the middle of a pause."""

    async def main() -> None:
        async with AsyncNeon(transport=httpx.MockTransport(world.handle)) as neon:
            task = asyncio.create_task(neon.restore("production", at=GOOD, unprotect=True))

            def cancel(request: httpx.Request) -> None:
                if "/operations/" in request.url.path:
                    world.answers.remove(cancel)
                    task.cancel()

            world.answers.append(cancel)
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert is_protected(world)
