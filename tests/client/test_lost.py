"""Restores with lost responses: carried out once, and an unknown outcome is reported."""

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
from tests.client.harness import (
    BACKUP,
    BEFORE_DELETE,
    PRODUCTION,
    Harness,
    error_response,
    read_timeout,
)
from tests.client.test_send import PERHAPS_ARRIVED, UNREADABLE, fails_with

if TYPE_CHECKING:
    from neon_restore import Neon
    from tests.client.harness import Answer

LOST: dict[str, Answer] = {
    **{kind.__name__: fails_with(kind) for kind in PERHAPS_ARRIVED},
    **UNREADABLE,
    "408": lambda request: httpx.Response(408, text="Request timeout"),
    "500": error_response(500, "internal error"),
    "502": lambda request: httpx.Response(502, text="<h1>Bad gateway</h1>"),
    "503 of a proxy": lambda request: httpx.Response(503, text="<h1>Not now</h1>"),
    "504": error_response(504),
    "no operations": lambda request: httpx.Response(200, json={"branch": {}}),
}
OF_NEON = {"production", "development"}


def done(harness: Harness, answer: Answer) -> Answer:
    """Return an answer that carries out the request, then responds with something else."""

    def both(request: httpx.Request) -> httpx.Response | None:
        harness.sandbox.api.handle(request)
        return answer(request)

    return both


def restores(harness: Harness) -> int:
    """Return how many restore requests were sent."""
    return Counter(harness.requests_sent)[f"POST /branches/{PRODUCTION}/restore"]


def test_the_ways_to_lose_an_answer_are_many() -> None:
    """No two entries of the list share a name."""
    assert len(LOST) == len(PERHAPS_ARRIVED) + len(UNREADABLE) + 6


@pytest.mark.parametrize("name", LOST)
def test_a_restore_that_happened_is_found_and_waited_for(
    name: str, neon: Neon, harness: Harness
) -> None:
    """The backup branch shows that Neon did the restore: it is not sent again."""
    harness.respond_once("POST", "/restore", done(harness, LOST[name]))
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert restores(harness) == 1
    assert harness.names() == OF_NEON | {BACKUP}
    assert restored.backup is not None
    assert restored.backup.name == BACKUP
    assert [operation.action for operation in restored.operations] == [
        "suspend_compute",
        "create_branch",
        "start_compute",
    ]
    assert harness.last_sql("production").startswith("INSERT INTO orders")


@pytest.mark.parametrize("name", LOST)
def test_a_restore_that_did_not_happen_is_sent_again(
    name: str, neon: Neon, harness: Harness
) -> None:
    """It is sent only after 30 s of polling the branches, with the same backup name."""
    harness.respond_once("POST", "/restore", LOST[name])
    neon.restore("production", at=BEFORE_DELETE)
    assert restores(harness) == 2
    bodies = {request.content for request in harness.sent if request.method == "POST"}
    assert len(bodies) == 1
    assert harness.clock.monotonic() > 30
    assert harness.names() == OF_NEON | {BACKUP}


@pytest.mark.parametrize("late", [1.0, 10.0, 29.0])
def test_a_request_that_arrives_late_is_seen(late: float, neon: Neon, harness: Harness) -> None:
    """A request still in transit when the client gave up on its response is found in time."""
    held: list[httpx.Request] = []

    def slow(request: httpx.Request) -> httpx.Response:
        held.append(request)
        return read_timeout(request)

    def arrive(request: httpx.Request) -> None:
        if held and harness.clock.monotonic() >= late:
            harness.sandbox.api.handle(held.pop())

    harness.respond_once("POST", "/restore", slow)
    harness.answers.append(arrive)
    neon.restore("production", at=BEFORE_DELETE)
    assert restores(harness) == 1
    assert harness.names() == OF_NEON | {BACKUP}


def test_a_request_that_arrives_after_all_collides_with_the_second(
    neon: Neon, harness: Harness
) -> None:
    """However late it arrives, there is one backup, and the second attempt raises no error."""
    held: list[httpx.Request] = []

    def slow(request: httpx.Request) -> httpx.Response | None:
        if held:  # the second attempt: the first arrives right before it
            harness.sandbox.api.handle(held[0])
            harness.run_until_idle()
            return None
        held.append(request)
        return read_timeout(request)

    harness.respond_always("POST", "/restore", slow)
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert restores(harness) == 2
    assert harness.names() == OF_NEON | {BACKUP}
    assert all(operation.finished for operation in restored.operations)


@pytest.mark.parametrize("settles", [True, False])
def test_a_request_that_was_delivered_twice_is_one_restore(
    settles: bool, neon: Neon, harness: Harness
) -> None:
    """The response is that to the second: the name is taken, or Neon is busy with the first."""

    def twice(request: httpx.Request) -> httpx.Response:
        harness.sandbox.api.handle(request)
        if settles:
            harness.run_until_idle()
        return harness.sandbox.api.handle(request)

    harness.respond_once("POST", "/restore", twice)
    neon.restore("production", at=BEFORE_DELETE)
    assert restores(harness) == 1
    assert harness.names() == OF_NEON | {BACKUP}


def test_a_name_that_somebody_else_may_have_taken_is_no_witness(
    neon: Neon, harness: Harness
) -> None:
    """A backup name that the caller chose is rejected as taken, perhaps by this restore."""

    def taken(request: httpx.Request) -> httpx.Response:
        harness.create_branch("before")
        return error_response(409, "taken")(request) or httpx.Response(409)

    harness.respond_once("POST", "/restore", taken)
    with pytest.raises(OutcomeUnknown, match="a branch named before now") as error:
        neon.restore("production", at=BEFORE_DELETE, backup_name="before")
    assert restores(harness) == 1
    assert error.value.pending is not None
    assert "resume('production', backup_name='before')" in error.value.advice


def test_a_name_taken_while_neon_is_busy_is_no_witness_either(neon: Neon, harness: Harness) -> None:
    """Neon is busy with this restore, delivered twice, or with another of the same name."""

    def busy(request: httpx.Request) -> httpx.Response | None:
        harness.create_branch("before")
        return error_response(423, "busy")(request)

    harness.respond_once("POST", "/restore", busy)
    with pytest.raises(OutcomeUnknown, match="a branch named before now"):
        neon.restore("production", at=BEFORE_DELETE, backup_name="before")
    assert restores(harness) == 1


def test_a_conflict_of_another_kind_stays_a_refusal(neon: Neon, harness: Harness) -> None:
    """On a 409 while the name is free, Neon rejected the restore and changed nothing."""
    harness.respond_once("POST", "/restore", error_response(409, "no"))
    with pytest.raises(NeonError, match="Neon says: no") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert error.value.changed == "nothing. production is as it was."


def test_a_conflict_that_cannot_be_looked_into_is_unknown(neon: Neon, harness: Harness) -> None:
    """After a 409 without a list of the branches, it is unknown which restore has the name."""
    harness.respond_once("POST", "/restore", error_response(409, "no"))
    harness.respond_always(
        "GET", "/branches", lambda request: read_timeout(request) if harness.writes_sent else None
    )
    with pytest.raises(OutcomeUnknown, match=r"could not be seen\. No answer") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert error.value.pending is not None


def test_busy_and_then_blind_is_unknown(neon: Neon, harness: Harness) -> None:
    """A 423 may respond to a request that was delivered twice: only the branches show it."""
    harness.respond_once("POST", "/restore", error_response(423, "busy"))
    harness.respond_always(
        "GET", "/branches", lambda request: read_timeout(request) if harness.writes_sent else None
    )
    with pytest.raises(OutcomeUnknown, match="could not be seen"):
        neon.restore("production", at=BEFORE_DELETE)


def test_a_restore_that_keeps_nothing_and_is_delivered_twice_is_unknown(
    neon: Neon, harness: Harness
) -> None:
    """The branch was reset by this restore or by another; `wait` cannot tell either."""
    harness.create_branch("copy")

    def twice(request: httpx.Request) -> httpx.Response:
        harness.sandbox.api.handle(request)
        return harness.sandbox.api.handle(request)

    harness.respond_once("POST", "/restore", twice)
    with pytest.raises(OutcomeUnknown, match="Perhaps it was this restore") as error:
        neon.restore("copy", source="production", discard_previous_state=True)
    assert len(harness.writes_sent) == 1
    assert error.value.pending is not None
    with pytest.raises(OutcomeUnknown):
        neon.wait(error.value.pending)


def test_a_branch_that_is_restored_again_meanwhile_is_told(neon: Neon, harness: Harness) -> None:
    """A concurrent restore ends before the last listing: the branch holds its data."""

    def again(request: httpx.Request) -> None:
        if request.url.path.endswith("/branches") and len(harness.writes_sent) == 1:
            harness.answers.remove(again)
            somebody(harness)

    harness.answers.append(again)
    with pytest.raises(OverwrittenSince, match="production was restored or reset again") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert error.value.changed.endswith("has finished, and was overwritten since.")
    assert error.value.pending is not None


def test_another_failure_after_a_lost_answer_is_unknown(neon: Neon, harness: Harness) -> None:
    """The second attempt is rejected for another reason; the first may still arrive."""
    harness.respond_once("POST", "/restore", read_timeout)
    harness.respond_once("POST", "/restore", error_response(422, "cannot reset protected branch"))
    with pytest.raises(OutcomeUnknown, match="Another attempt failed") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert isinstance(error.value.__cause__, NeonError)
    assert error.value.changed.startswith("unknown: production may have been restored, once")


@pytest.mark.parametrize("name", ["ReadTimeout", "500"])
def test_without_a_backup_nothing_is_sent_again(name: str, neon: Neon, harness: Harness) -> None:
    """Nothing would tell one restore from two, and the advice says what to check."""
    harness.create_branch("copy")
    harness.respond_once("POST", "/restore", LOST[name])
    with pytest.raises(OutcomeUnknown) as error:
        neon.restore("copy", source="production", discard_previous_state=True)
    assert len(harness.writes_sent) == 1
    assert error.value.advice.startswith("Look when copy was last reset")


def test_a_server_error_and_a_change_by_somebody_else_is_unknown(
    neon: Neon, harness: Harness
) -> None:
    """After a 502, a change to the project does not show whether the restore was carried out."""

    def gateway(request: httpx.Request) -> httpx.Response:
        harness.create_branch("another-child")
        return httpx.Response(502, text="<h1>Bad gateway</h1>")

    harness.respond_once("POST", "/restore", gateway)
    with pytest.raises(OutcomeUnknown, match="its children were"):
        neon.restore("production", at=BEFORE_DELETE)


def test_what_cannot_be_told_in_time_is_unknown(neon: Neon, harness: Harness) -> None:
    """The deadline ends the polling, and the error says what was seen and how to continue."""
    harness.respond_once("POST", "/restore", read_timeout)
    with pytest.raises(OutcomeUnknown, match="The deadline of 12 s passed") as error:
        neon.restore("production", at=BEFORE_DELETE, timeout=12)
    assert harness.clock.monotonic() == 12
    assert restores(harness) == 1
    assert f"Look for a branch named {BACKUP}" in error.value.advice
    assert error.value.pending is not None


def test_what_cannot_be_told_can_be_waited_for(neon: Neon, harness: Harness) -> None:
    """`wait` takes the error's pending restore, looks for it and waits."""
    harness.respond_once("POST", "/restore", done(harness, read_timeout))
    harness.respond_always(
        "GET", "/branches", lambda request: read_timeout(request) if harness.writes_sent else None
    )
    with pytest.raises(OutcomeUnknown) as error:
        neon.restore("production", at=BEFORE_DELETE, timeout=60)
    harness.answers.clear()
    assert error.value.pending is not None
    restored = neon.wait(error.value.pending)
    assert restored.backup is not None
    assert len(restored.operations) == 3


@pytest.mark.parametrize("code", [401, 404])
def test_a_door_that_closes_ends_the_watching(code: int, neon: Neon, harness: Harness) -> None:
    """With an API key that was revoked meanwhile, more polling shows nothing."""
    harness.respond_once("POST", "/restore", read_timeout)
    answers = iter([None, *[error_response(code)] * 9])

    def closed(request: httpx.Request) -> httpx.Response | None:
        answer = next(answers)
        return answer(request) if answer else None

    harness.respond_always("GET", "/branches", closed)
    with pytest.raises(OutcomeUnknown, match=f"Neon answered {code}"):
        neon.restore("production", at=BEFORE_DELETE)
    assert harness.clock.monotonic() < 1


def test_the_watch_goes_on_when_a_look_fails(neon: Neon, harness: Harness) -> None:
    """A poll without a response shows nothing, but the next one may."""
    harness.respond_once("POST", "/restore", done(harness, read_timeout))
    answers = iter([None, *[error_response(500)] * 3])

    def shaky(request: httpx.Request) -> httpx.Response | None:
        answer = next(answers, None)
        return answer(request) if answer else None

    harness.respond_always("GET", "/branches", shaky)
    assert neon.restore("production", at=BEFORE_DELETE).backup is not None


def somebody(harness: Harness) -> None:
    """Run a concurrent restore of the same branch until it has finished."""
    restore(
        harness.sandbox.model, PRODUCTION, PRODUCTION, timestamp=BEFORE_DELETE, preserve_as="theirs"
    )
    harness.run_until_idle()


def test_somebody_elses_restore_is_not_overwritten(neon: Neon, harness: Harness) -> None:
    """It happens while Neon is busy: the plan was for another state of the branch."""

    def busy(request: httpx.Request) -> httpx.Response | None:
        somebody(harness)
        return error_response(423, "busy")(request)

    harness.respond_once("POST", "/restore", busy)
    with pytest.raises(PlanOutdated, match="checked, production was restored or reset") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert error.value.changed == "nothing. production is as it was."
    assert restores(harness) == 1


def test_somebody_elses_restore_after_a_lost_answer_is_unknown(
    neon: Neon, harness: Harness
) -> None:
    """The first request may still arrive, and a second would overwrite the concurrent restore."""

    def gone(request: httpx.Request) -> httpx.Response:
        somebody(harness)
        return read_timeout(request)

    harness.respond_once("POST", "/restore", gone)
    with pytest.raises(OutcomeUnknown, match="production was restored or reset") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert restores(harness) == 1
    assert isinstance(error.value.__cause__, PlanOutdated)


def test_a_branch_that_is_deleted_meanwhile_is_named(neon: Neon, harness: Harness) -> None:
    """Neon accepted the restore, and the branch is gone when it has finished."""
    harness.create_branch("copy")

    def deleted(request: httpx.Request) -> None:
        if "/operations/" in request.url.path:
            harness.run_until_idle()
            harness.sandbox.model.branches.pop(harness.sandbox.branch("copy").id)
            harness.answers.remove(deleted)

    harness.answers.append(deleted)
    with pytest.raises(UnexpectedAnswer, match="There is no branch copy") as error:
        neon.restore("copy", source="production")
    assert error.value.changed == "the restore of copy has finished."


def test_a_restore_overwritten_before_it_was_found_is_told(neon: Neon, harness: Harness) -> None:
    """The response is lost, and the branch is restored again before the backup is seen."""

    def gone(request: httpx.Request) -> httpx.Response:
        harness.sandbox.api.handle(request)
        harness.run_until_idle()
        somebody(harness)
        return read_timeout(request)

    harness.respond_once("POST", "/restore", gone)
    with pytest.raises(OverwrittenSince):
        neon.restore("production", at=BEFORE_DELETE)


def test_a_backup_that_is_deleted_as_soon_as_it_was_found_is_missed(
    neon: Neon, harness: Harness
) -> None:
    """Neon carried out the restore, and another client deletes the backup branch too early."""
    harness.create_branch("copy")
    harness.respond_once("POST", "/restore", done(harness, read_timeout))
    looks = 0

    def tidy(request: httpx.Request) -> None:
        nonlocal looks
        looks += request.url.path.endswith("/branches")
        if looks == 3:
            harness.run_until_idle()
            kept = next(name for name in harness.names() if name.startswith("copy_old"))
            harness.sandbox.model.branches.pop(harness.sandbox.branch(kept).id)
            harness.answers.remove(tidy)

    harness.answers.append(tidy)
    with pytest.raises(UnexpectedAnswer, match="There is no branch copy_old"):
        neon.restore("copy", source="production")


def test_busy_at_the_deadline_is_looked_into(neon: Neon, harness: Harness) -> None:
    """Neon is busy with this restore, delivered twice, and no time is left for a retry."""

    def twice(request: httpx.Request) -> httpx.Response:
        harness.sandbox.api.handle(request)
        return error_response(423, "busy", Retry_After="60")(request) or httpx.Response(423)

    harness.respond_once("POST", "/restore", twice)
    restored = neon.restore("production", at=BEFORE_DELETE, timeout=30)
    assert restores(harness) == 1
    assert restored.backup is not None


def test_a_key_that_is_refused_leaves_nothing_unknown(neon: Neon, harness: Harness) -> None:
    """A 401 response to the restore means that it was not carried out."""
    harness.respond_once("POST", "/restore", error_response(401))
    with pytest.raises(NotAuthorized) as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert error.value.changed == "nothing. production is as it was."
