"""Restores whose answers are lost: carried out once, and never unknown without saying so."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import httpx
import pytest

from neon_restore import (
    NeonError,
    NotAuthorized,
    OutcomeUnknown,
    OverwrittenSince,
    PlanOutdated,
    UnexpectedAnswer,
)
from neon_sandbox.model.restore import restore
from tests.client.test_send import PERHAPS_ARRIVED, UNREADABLE, fails_with
from tests.client.world import BACKUP, GOOD, PRODUCTION, World, lost, status

if TYPE_CHECKING:
    from neon_restore import Neon
    from tests.client.world import Answer

LOST: dict[str, Answer] = {
    **{kind.__name__: fails_with(kind) for kind in PERHAPS_ARRIVED},
    **UNREADABLE,
    "408": lambda request: httpx.Response(408, text="Request timeout"),
    "500": status(500, "internal error"),
    "502": lambda request: httpx.Response(502, text="<h1>Bad gateway</h1>"),
    "503 of a proxy": lambda request: httpx.Response(503, text="<h1>Not now</h1>"),
    "504": status(504),
    "no operations": lambda request: httpx.Response(200, json={"branch": {}}),
}
OF_NEON = {"production", "development"}


def done(world: World, answer: Answer) -> Answer:
    """Neon does what it is asked, and something else comes back."""

    def both(request: httpx.Request) -> httpx.Response | None:
        world.sandbox.api.handle(request)
        return answer(request)

    return both


def restores(world: World) -> int:
    """How often a restore was sent."""
    return Counter(world.lines)[f"POST /branches/{PRODUCTION}/restore"]


def test_the_ways_to_lose_an_answer_are_many() -> None:
    """The list has no gap where two ways share a name."""
    assert len(LOST) == len(PERHAPS_ARRIVED) + len(UNREADABLE) + 6


@pytest.mark.parametrize("name", LOST)
def test_a_restore_that_happened_is_found_and_waited_for(
    name: str, neon: Neon, world: World
) -> None:
    """The backup branch shows that it was carried out: nothing is sent again."""
    world.once("POST", "/restore", done(world, LOST[name]))
    restored = neon.restore("production", at=GOOD)
    assert restores(world) == 1
    assert world.names() == OF_NEON | {BACKUP}
    assert restored.backup is not None
    assert restored.backup.name == BACKUP
    assert [operation.action for operation in restored.operations] == [
        "suspend_compute",
        "create_branch",
        "start_compute",
    ]
    assert world.last_sql("production").startswith("INSERT INTO orders")


@pytest.mark.parametrize("name", LOST)
def test_a_restore_that_did_not_happen_is_sent_again(name: str, neon: Neon, world: World) -> None:
    """Not before the branches were watched for thirty seconds, and under the same name."""
    world.once("POST", "/restore", LOST[name])
    neon.restore("production", at=GOOD)
    assert restores(world) == 2
    bodies = {request.content for request in world.sent if request.method == "POST"}
    assert len(bodies) == 1
    assert world.clock.monotonic() > 30
    assert world.names() == OF_NEON | {BACKUP}


@pytest.mark.parametrize("late", [1.0, 10.0, 29.0])
def test_a_request_that_arrives_late_is_seen(late: float, neon: Neon, world: World) -> None:
    """What was still on its way when the answer was given up is found in time."""
    held: list[httpx.Request] = []

    def slow(request: httpx.Request) -> httpx.Response:
        held.append(request)
        return lost(request)

    def arrive(request: httpx.Request) -> None:
        if held and world.clock.monotonic() >= late:
            world.sandbox.api.handle(held.pop())

    world.once("POST", "/restore", slow)
    world.answers.append(arrive)
    neon.restore("production", at=GOOD)
    assert restores(world) == 1
    assert world.names() == OF_NEON | {BACKUP}


def test_a_request_that_arrives_after_all_collides_with_the_second(
    neon: Neon, world: World
) -> None:
    """However late it comes, there is one backup, and the second attempt is not the failure."""
    held: list[httpx.Request] = []

    def slow(request: httpx.Request) -> httpx.Response | None:
        if held:  # the second attempt, just behind the first
            world.sandbox.api.handle(held[0])
            world.run_until_idle()
            return None
        held.append(request)
        return lost(request)

    world.always("POST", "/restore", slow)
    restored = neon.restore("production", at=GOOD)
    assert restores(world) == 2
    assert world.names() == OF_NEON | {BACKUP}
    assert all(operation.finished for operation in restored.operations)


@pytest.mark.parametrize("settles", [True, False])
def test_a_request_that_was_delivered_twice_is_one_restore(
    settles: bool, neon: Neon, world: World
) -> None:
    """The answer that comes is that to the second: taken, or busy with the first."""

    def twice(request: httpx.Request) -> httpx.Response:
        world.sandbox.api.handle(request)
        if settles:
            world.run_until_idle()
        return world.sandbox.api.handle(request)

    world.once("POST", "/restore", twice)
    neon.restore("production", at=GOOD)
    assert restores(world) == 1
    assert world.names() == OF_NEON | {BACKUP}


def test_a_name_that_somebody_else_may_have_taken_is_no_witness(neon: Neon, world: World) -> None:
    """A name of the caller's own that is refused as taken: perhaps by this, perhaps not."""

    def taken(request: httpx.Request) -> httpx.Response:
        world.create_branch("before")
        return status(409, "taken")(request) or httpx.Response(409)

    world.once("POST", "/restore", taken)
    with pytest.raises(OutcomeUnknown, match="a branch named before now") as error:
        neon.restore("production", at=GOOD, backup_name="before")
    assert restores(world) == 1
    assert error.value.pending is not None
    assert "resume('production', backup_name='before')" in error.value.advice


def test_a_name_taken_while_neon_is_busy_is_no_witness_either(neon: Neon, world: World) -> None:
    """Busy with this restore, delivered twice, or with somebody else's of the same name."""

    def busy(request: httpx.Request) -> httpx.Response | None:
        world.create_branch("before")
        return status(423, "busy")(request)

    world.once("POST", "/restore", busy)
    with pytest.raises(OutcomeUnknown, match="a branch named before now"):
        neon.restore("production", at=GOOD, backup_name="before")
    assert restores(world) == 1


def test_a_conflict_of_another_kind_stays_a_refusal(neon: Neon, world: World) -> None:
    """409 while the name is free: Neon refused it, and nothing was changed."""
    world.once("POST", "/restore", status(409, "no"))
    with pytest.raises(NeonError, match="Neon says: no") as error:
        neon.restore("production", at=GOOD)
    assert error.value.changed == "nothing. production is as it was."


def test_a_conflict_that_cannot_be_looked_into_is_unknown(neon: Neon, world: World) -> None:
    """409, and no look at the branches: nobody knows whose the name is."""
    world.once("POST", "/restore", status(409, "no"))
    world.always("GET", "/branches", lambda request: lost(request) if world.changes else None)
    with pytest.raises(OutcomeUnknown, match=r"could not be seen\. No answer") as error:
        neon.restore("production", at=GOOD)
    assert error.value.pending is not None


def test_busy_and_then_blind_is_unknown(neon: Neon, world: World) -> None:
    """423 may be the answer to a request that was delivered twice: the look settles it, or not."""
    world.once("POST", "/restore", status(423, "busy"))
    world.always("GET", "/branches", lambda request: lost(request) if world.changes else None)
    with pytest.raises(OutcomeUnknown, match="could not be seen"):
        neon.restore("production", at=GOOD)


def test_a_restore_that_keeps_nothing_and_is_delivered_twice_is_unknown(
    neon: Neon, world: World
) -> None:
    """The branch was reset: by this, or by somebody else; `wait` takes it as done."""
    world.create_branch("copy")

    def twice(request: httpx.Request) -> httpx.Response:
        world.sandbox.api.handle(request)
        return world.sandbox.api.handle(request)

    world.once("POST", "/restore", twice)
    with pytest.raises(OutcomeUnknown, match="Perhaps it was this restore") as error:
        neon.restore("copy", source="production", discard_previous_state=True)
    assert len(world.changes) == 1
    assert error.value.pending is not None
    with pytest.raises(OutcomeUnknown):
        neon.wait(error.value.pending)


def test_a_branch_that_is_restored_again_meanwhile_is_told(neon: Neon, world: World) -> None:
    """Somebody is quicker than the last look: what the branch holds is theirs."""

    def again(request: httpx.Request) -> None:
        if request.url.path.endswith("/branches") and len(world.changes) == 1:
            world.answers.remove(again)
            somebody(world)

    world.answers.append(again)
    with pytest.raises(OverwrittenSince, match="production was restored or reset again") as error:
        neon.restore("production", at=GOOD)
    assert error.value.changed.endswith("has finished, and was overwritten since.")
    assert error.value.pending is not None


def test_another_failure_after_a_lost_answer_is_unknown(neon: Neon, world: World) -> None:
    """The second attempt is refused for a reason of its own; the first may still arrive."""
    world.once("POST", "/restore", lost)
    world.once("POST", "/restore", status(422, "cannot reset protected branch"))
    with pytest.raises(OutcomeUnknown, match="Another attempt failed") as error:
        neon.restore("production", at=GOOD)
    assert isinstance(error.value.__cause__, NeonError)
    assert error.value.changed.startswith("unknown: production may have been restored, once")


@pytest.mark.parametrize("name", ["ReadTimeout", "500"])
def test_without_a_backup_nothing_is_sent_again(name: str, neon: Neon, world: World) -> None:
    """Nothing would tell one execution from two, and the advice says what to look at."""
    world.create_branch("copy")
    world.once("POST", "/restore", LOST[name])
    with pytest.raises(OutcomeUnknown) as error:
        neon.restore("copy", source="production", discard_previous_state=True)
    assert len(world.changes) == 1
    assert error.value.advice.startswith("Look when copy was last reset")


def test_a_server_error_and_a_change_by_somebody_else_is_unknown(neon: Neon, world: World) -> None:
    """502 while the request is on its way: that the project changed says nothing about it."""

    def gateway(request: httpx.Request) -> httpx.Response:
        world.create_branch("another-child")
        return httpx.Response(502, text="<h1>Bad gateway</h1>")

    world.once("POST", "/restore", gateway)
    with pytest.raises(OutcomeUnknown, match="its children were"):
        neon.restore("production", at=GOOD)


def test_what_cannot_be_told_in_time_is_unknown(neon: Neon, world: World) -> None:
    """The deadline ends the watching, and the error says what was seen and how to go on."""
    world.once("POST", "/restore", lost)
    with pytest.raises(OutcomeUnknown, match="The deadline of 12 s passed") as error:
        neon.restore("production", at=GOOD, timeout=12)
    assert world.clock.monotonic() == 12
    assert restores(world) == 1
    assert f"Look for a branch named {BACKUP}" in error.value.advice
    assert error.value.pending is not None


def test_what_cannot_be_told_can_be_waited_for(neon: Neon, world: World) -> None:
    """`wait` takes the error's restore, looks for it and waits."""
    world.once("POST", "/restore", done(world, lost))
    world.always("GET", "/branches", lambda request: lost(request) if world.changes else None)
    with pytest.raises(OutcomeUnknown) as error:
        neon.restore("production", at=GOOD, timeout=60)
    world.answers.clear()
    assert error.value.pending is not None
    restored = neon.wait(error.value.pending)
    assert restored.backup is not None
    assert len(restored.operations) == 3


@pytest.mark.parametrize("code", [401, 404])
def test_a_door_that_closes_ends_the_watching(code: int, neon: Neon, world: World) -> None:
    """A key that was revoked meanwhile will not see more by waiting."""
    world.once("POST", "/restore", lost)
    answers = iter([None, *[status(code)] * 9])

    def closed(request: httpx.Request) -> httpx.Response | None:
        answer = next(answers)
        return answer(request) if answer else None

    world.always("GET", "/branches", closed)
    with pytest.raises(OutcomeUnknown, match=f"Neon answered {code}"):
        neon.restore("production", at=GOOD)
    assert world.clock.monotonic() < 1


def test_the_watch_goes_on_when_a_look_fails(neon: Neon, world: World) -> None:
    """A look that is not answered tells nothing: the next one may."""
    world.once("POST", "/restore", done(world, lost))
    answers = iter([None, *[status(500)] * 3])

    def shaky(request: httpx.Request) -> httpx.Response | None:
        answer = next(answers, None)
        return answer(request) if answer else None

    world.always("GET", "/branches", shaky)
    assert neon.restore("production", at=GOOD).backup is not None


def somebody(world: World) -> None:
    """Another person restores the same branch, and is done."""
    restore(world.sandbox.model, PRODUCTION, PRODUCTION, timestamp=GOOD, preserve_as="theirs")
    world.run_until_idle()


def test_somebody_elses_restore_is_not_overwritten(neon: Neon, world: World) -> None:
    """While Neon is busy somebody restores the branch: the plan was for another state."""

    def busy(request: httpx.Request) -> httpx.Response | None:
        somebody(world)
        return status(423, "busy")(request)

    world.once("POST", "/restore", busy)
    with pytest.raises(PlanOutdated, match="checked, production was restored or reset") as error:
        neon.restore("production", at=GOOD)
    assert error.value.changed == "nothing. production is as it was."
    assert restores(world) == 1


def test_somebody_elses_restore_after_a_lost_answer_is_unknown(neon: Neon, world: World) -> None:
    """The first request may still come, and a second one would overwrite what they restored."""

    def gone(request: httpx.Request) -> httpx.Response:
        somebody(world)
        return lost(request)

    world.once("POST", "/restore", gone)
    with pytest.raises(OutcomeUnknown, match="production was restored or reset") as error:
        neon.restore("production", at=GOOD)
    assert restores(world) == 1
    assert isinstance(error.value.__cause__, PlanOutdated)


def test_a_branch_that_is_deleted_meanwhile_is_named(neon: Neon, world: World) -> None:
    """The restore was accepted, and the branch is gone when it has finished."""
    world.create_branch("copy")

    def deleted(request: httpx.Request) -> None:
        if "/operations/" in request.url.path:
            world.run_until_idle()
            world.sandbox.model.branches.pop(world.sandbox.branch("copy").id)
            world.answers.remove(deleted)

    world.answers.append(deleted)
    with pytest.raises(UnexpectedAnswer, match="There is no branch copy") as error:
        neon.restore("copy", source="production")
    assert error.value.changed == "the restore of copy has finished."


def test_a_restore_overwritten_before_it_was_found_is_told(neon: Neon, world: World) -> None:
    """The answer is lost, and when the backup is seen somebody has restored the branch again."""

    def gone(request: httpx.Request) -> httpx.Response:
        world.sandbox.api.handle(request)
        world.run_until_idle()
        somebody(world)
        return lost(request)

    world.once("POST", "/restore", gone)
    with pytest.raises(OverwrittenSince):
        neon.restore("production", at=GOOD)


def test_a_backup_that_is_deleted_as_soon_as_it_was_found_is_missed(
    neon: Neon, world: World
) -> None:
    """The restore was carried out, and somebody tidies up too early."""
    world.create_branch("copy")
    world.once("POST", "/restore", done(world, lost))
    looks = 0

    def tidy(request: httpx.Request) -> None:
        nonlocal looks
        looks += request.url.path.endswith("/branches")
        if looks == 3:
            world.run_until_idle()
            kept = next(name for name in world.names() if name.startswith("copy_old"))
            world.sandbox.model.branches.pop(world.sandbox.branch(kept).id)
            world.answers.remove(tidy)

    world.answers.append(tidy)
    with pytest.raises(UnexpectedAnswer, match="There is no branch copy_old"):
        neon.restore("copy", source="production")


def test_busy_at_the_deadline_is_looked_into(neon: Neon, world: World) -> None:
    """Busy with this very restore, delivered twice, and no time for another attempt."""

    def twice(request: httpx.Request) -> httpx.Response:
        world.sandbox.api.handle(request)
        return status(423, "busy", Retry_After="60")(request) or httpx.Response(423)

    world.once("POST", "/restore", twice)
    restored = neon.restore("production", at=GOOD, timeout=30)
    assert restores(world) == 1
    assert restored.backup is not None


def test_a_key_that_is_refused_leaves_nothing_unknown(neon: Neon, world: World) -> None:
    """401 to the restore itself: it was not carried out."""
    world.once("POST", "/restore", status(401))
    with pytest.raises(NotAuthorized) as error:
        neon.restore("production", at=GOOD)
    assert error.value.changed == "nothing. production is as it was."
