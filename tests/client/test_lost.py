"""Restores with lost responses: carried out once, and an unknown outcome is reported."""

from collections.abc import Callable

import httpx
import pytest

from neon_restore import (
    Neon,
    NeonError,
    OutcomeUnknown,
    OverwrittenSince,
    PlanOutdated,
    UnexpectedAnswer,
)
from tests.client.harness import (
    BACKUP,
    BEFORE_DELETE,
    PRODUCTION,
    Answer,
    Harness,
    error_response,
    fails_with,
    read_timeout,
    responds,
    sequence,
)
from tests.client.test_send import PERHAPS_ARRIVED, UNREADABLE

LOST = {
    **{kind.__name__: fails_with(kind) for kind in PERHAPS_ARRIVED},
    **{name: responds(200, **body) for name, body in UNREADABLE.items()},
    "408": responds(408, text="Request timeout"),
    "500": error_response(500, "internal error"),
    "502": responds(502, text="<h1>Bad gateway</h1>"),
    "503 of a proxy": responds(503, text="<h1>Not now</h1>"),
    "504": error_response(504),
    "no operations": responds(200, json={"branch": {}}),
}
RESTORE = f"POST /branches/{PRODUCTION}/restore"
RESTORED = {"production", "development", BACKUP}


def respond_after_restore(harness: Harness, answer: Answer) -> None:
    """Use an answer for all lists of branches that are requested after the restore."""
    harness.respond_always(
        "GET", "/branches", lambda request: answer(request) if harness.writes_sent else None
    )


def test_the_ways_to_lose_an_answer_are_many() -> None:
    """No two entries of the list share a name."""
    assert len(LOST) == len(PERHAPS_ARRIVED) + len(UNREADABLE) + 6


@pytest.mark.parametrize("name", LOST)
def test_a_restore_that_happened_is_found(name: str, neon: Neon, harness: Harness) -> None:
    """The backup branch shows that Neon did the restore: it is waited for, and not sent again."""
    harness.respond_once("POST", "/restore", sequence(harness.sandbox.api.handle, LOST[name]))
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert harness.writes_sent == [RESTORE]
    assert harness.names() == RESTORED
    assert restored.backup is not None
    assert restored.backup.name == BACKUP
    actions = [operation.action for operation in restored.operations]
    assert actions == ["suspend_compute", "create_branch", "start_compute"]
    assert harness.last_sql("production").startswith("INSERT INTO orders")


@pytest.mark.parametrize("name", LOST)
def test_a_restore_not_carried_out_is_sent_again(name: str, neon: Neon, harness: Harness) -> None:
    """It is sent only after 30 s of polling the branches, with the same backup name."""
    harness.respond_once("POST", "/restore", LOST[name])
    neon.restore("production", at=BEFORE_DELETE)
    assert harness.writes_sent == [RESTORE] * 2
    assert len({request.content for request in harness.sent if request.method == "POST"}) == 1
    assert harness.clock.monotonic() > 30
    assert harness.names() == RESTORED


@pytest.mark.parametrize("late", [1.0, 10.0, 29.0])
def test_a_request_that_arrives_late_is_seen(late: float, neon: Neon, harness: Harness) -> None:
    """A request still in transit when the client gave up on its response is found in time."""
    harness.delay("POST", "/restore", late, read_timeout)
    neon.restore("production", at=BEFORE_DELETE)
    assert harness.writes_sent == [RESTORE]
    assert harness.names() == RESTORED


def test_a_request_that_arrives_right_before_the_second(neon: Neon, harness: Harness) -> None:
    """However late it arrives, there is one backup, and the second attempt raises no error."""
    first_arrives = sequence(harness.sandbox.api.handle, lambda request: harness.run_until_idle())
    harness.respond_once("POST", "/restore", read_timeout, first_arrives)
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert harness.writes_sent == [RESTORE] * 2
    assert harness.names() == RESTORED
    assert all(operation.finished for operation in restored.operations)


@pytest.mark.parametrize("settles", [True, False])
def test_a_double_delivery_is_one_restore(settles: bool, neon: Neon, harness: Harness) -> None:
    """The response is that to the second: the name is taken, or Neon is busy with the first."""
    handle = harness.sandbox.api.handle
    between = [lambda request: harness.run_until_idle()] if settles else []
    harness.respond_once("POST", "/restore", sequence(handle, *between, handle))
    neon.restore("production", at=BEFORE_DELETE)
    assert harness.writes_sent == [RESTORE]
    assert harness.names() == RESTORED


def test_busy_at_the_deadline_is_looked_into(neon: Neon, harness: Harness) -> None:
    """Neon is busy with this restore, delivered twice, and no time is left for a retry."""
    busy = error_response(423, "busy", Retry_After="60")
    harness.respond_once("POST", "/restore", sequence(harness.sandbox.api.handle, busy))
    restored = neon.restore("production", at=BEFORE_DELETE, timeout=30)
    assert harness.writes_sent == [RESTORE]
    assert restored.backup is not None


@pytest.mark.parametrize("code", [409, 423])
def test_a_taken_backup_name_is_no_evidence(code: int, neon: Neon, harness: Harness) -> None:
    """Neon says that the caller's name is taken, or is busy: with this restore or with another."""
    take = sequence(lambda request: harness.create_branch("before"), error_response(code))
    harness.respond_once("POST", "/restore", take)
    with pytest.raises(OutcomeUnknown, match="a branch named before now") as error:
        neon.restore("production", at=BEFORE_DELETE, backup_name="before")
    assert harness.writes_sent == [RESTORE]
    assert error.value.pending is not None
    assert "resume('production', backup_name='before')" in error.value.advice


@pytest.mark.parametrize("code", [409, 423])
def test_a_rejection_that_cannot_be_looked_into(code: int, neon: Neon, harness: Harness) -> None:
    """It may respond to a request that was delivered twice: only the branches show it."""
    harness.respond_once("POST", "/restore", error_response(code))
    respond_after_restore(harness, read_timeout)
    with pytest.raises(OutcomeUnknown, match=r"could not be seen\. No answer") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert error.value.pending is not None


def test_a_double_delivery_without_a_backup_is_unknown(neon: Neon, harness: Harness) -> None:
    """The branch was reset by this restore or by another; `wait` cannot tell either."""
    harness.create_branch("copy")
    handle = harness.sandbox.api.handle
    harness.respond_once("POST", "/restore", sequence(handle, handle))
    with pytest.raises(OutcomeUnknown, match="Perhaps it was this restore") as error:
        neon.restore("copy", source="production", discard_previous_state=True)
    assert len(harness.writes_sent) == 1
    assert error.value.pending is not None
    with pytest.raises(OutcomeUnknown):
        neon.wait(error.value.pending)


@pytest.mark.parametrize("name", ["ReadTimeout", "500"])
def test_without_a_backup_nothing_is_sent_again(name: str, neon: Neon, harness: Harness) -> None:
    """Nothing would tell one restore from two, and the advice says what to check."""
    harness.create_branch("copy")
    harness.respond_once("POST", "/restore", LOST[name])
    with pytest.raises(OutcomeUnknown) as error:
        neon.restore("copy", source="production", discard_previous_state=True)
    assert len(harness.writes_sent) == 1
    assert error.value.advice.startswith("Look when copy was last reset")


def test_another_failure_after_a_lost_answer_is_unknown(neon: Neon, harness: Harness) -> None:
    """The second attempt is rejected for another reason; the first may still arrive."""
    rejected = error_response(422, "cannot reset protected branch")
    harness.respond_once("POST", "/restore", read_timeout, rejected)
    with pytest.raises(OutcomeUnknown, match="Another attempt failed") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert isinstance(error.value.__cause__, NeonError)
    assert error.value.changed.startswith("unknown: production may have been restored, once")


def test_what_cannot_be_told_in_time_is_unknown(neon: Neon, harness: Harness) -> None:
    """The deadline ends the polling, and the error says what was seen and how to continue."""
    harness.respond_once("POST", "/restore", read_timeout)
    with pytest.raises(OutcomeUnknown, match="The deadline of 12 s passed") as error:
        neon.restore("production", at=BEFORE_DELETE, timeout=12)
    assert harness.clock.monotonic() == 12
    assert harness.writes_sent == [RESTORE]
    assert f"Look for a branch named {BACKUP}" in error.value.advice
    assert error.value.pending is not None


def test_what_cannot_be_told_can_be_waited_for(neon: Neon, harness: Harness) -> None:
    """`wait` takes the error's pending restore, looks for it and waits."""
    harness.respond_once("POST", "/restore", sequence(harness.sandbox.api.handle, read_timeout))
    respond_after_restore(harness, read_timeout)
    with pytest.raises(OutcomeUnknown) as error:
        neon.restore("production", at=BEFORE_DELETE, timeout=60)
    harness.answers.clear()
    assert error.value.pending is not None
    restored = neon.wait(error.value.pending)
    assert restored.backup is not None
    assert len(restored.operations) == 3


@pytest.mark.parametrize("code", [401, 404])
def test_a_revoked_key_ends_the_polling(code: int, neon: Neon, harness: Harness) -> None:
    """With an API key that was revoked meanwhile, more polling shows nothing."""
    harness.respond_once("POST", "/restore", read_timeout)
    respond_after_restore(harness, error_response(code))
    with pytest.raises(OutcomeUnknown, match=f"Neon answered {code}"):
        neon.restore("production", at=BEFORE_DELETE)
    assert harness.clock.monotonic() < 1


def test_the_polling_goes_on_when_a_poll_fails(neon: Neon, harness: Harness) -> None:
    """A poll without a response shows nothing, but the next one may."""
    harness.respond_once("POST", "/restore", sequence(harness.sandbox.api.handle, read_timeout))
    harness.respond_once("GET", "/branches", None, *[error_response(500)] * 3)
    assert neon.restore("production", at=BEFORE_DELETE).backup is not None


def test_a_concurrent_restore_is_not_overwritten(neon: Neon, harness: Harness) -> None:
    """It happens while Neon is busy: the plan was for another state of the branch."""
    busy = sequence(harness.restore_elsewhere, error_response(423, "busy"))
    harness.respond_once("POST", "/restore", busy)
    with pytest.raises(PlanOutdated, match="checked, production was restored or reset") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert error.value.changed == "nothing by this call."
    assert harness.writes_sent == [RESTORE]


@pytest.mark.parametrize(
    ("change", "name", "message"),
    [
        (Harness.restore_elsewhere, "ReadTimeout", "production was restored or reset"),
        (lambda harness: harness.create_branch("another"), "502", "its children were"),
    ],
)
def test_a_concurrent_change_and_a_lost_answer_are_unknown(
    change: Callable[[Harness], object], name: str, message: str, neon: Neon, harness: Harness
) -> None:
    """The first request may still arrive, and a second would overwrite a concurrent restore."""
    harness.respond_once("POST", "/restore", sequence(lambda request: change(harness), LOST[name]))
    with pytest.raises(OutcomeUnknown, match=message) as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert harness.writes_sent == [RESTORE]
    assert isinstance(error.value.__cause__, PlanOutdated)


def test_a_concurrent_restore_before_the_last_list_is_told(neon: Neon, harness: Harness) -> None:
    """It ends before the restore does, and the branch holds its data."""
    harness.respond_once("GET", "/branches", None, harness.restore_elsewhere)
    with pytest.raises(OverwrittenSince, match="production was restored or reset again") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert error.value.changed.endswith("has finished, and was overwritten since.")
    assert error.value.pending is not None


def test_a_restore_overwritten_before_it_was_found_is_told(neon: Neon, harness: Harness) -> None:
    """The response is lost, and the branch is restored again before the backup is seen."""
    handle, idle = harness.sandbox.api.handle, lambda request: harness.run_until_idle()
    gone = sequence(handle, idle, harness.restore_elsewhere, read_timeout)
    harness.respond_once("POST", "/restore", gone)
    with pytest.raises(OverwrittenSince):
        neon.restore("production", at=BEFORE_DELETE)


def test_a_branch_that_is_deleted_meanwhile_is_named(neon: Neon, harness: Harness) -> None:
    """Neon accepted the restore, and the branch is gone when it has finished."""
    copy = harness.create_branch("copy")

    def delete(request: httpx.Request) -> None:
        harness.run_until_idle()
        harness.sandbox.model.branches.pop(copy, None)

    harness.respond_always("GET", "/operations/", delete)
    with pytest.raises(UnexpectedAnswer, match="There is no branch copy") as error:
        neon.restore("copy", source="production")
    assert error.value.changed.startswith("the operations of the restore of copy have ended.")


def test_a_backup_that_is_deleted_once_it_was_found_is_missed(neon: Neon, harness: Harness) -> None:
    """Neon carried out the restore, and another client deletes the backup branch too early."""
    harness.create_branch("copy")
    harness.respond_once("POST", "/restore", sequence(harness.sandbox.api.handle, read_timeout))

    def delete(request: httpx.Request) -> None:
        harness.run_until_idle()
        kept = next(name for name in harness.names() if name.startswith("copy_old"))
        harness.sandbox.model.branches.pop(harness.sandbox.branch(kept).id)

    harness.respond_once("GET", "/branches", None, None, delete)
    with pytest.raises(UnexpectedAnswer, match="There is no branch copy_old"):
        neon.restore("copy", source="production")
