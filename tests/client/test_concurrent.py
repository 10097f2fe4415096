"""Two restores of one branch at the same time: neither overwrites the other without saying so."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from neon_restore import (
    Neon,
    OperationFailed,
    OverwrittenSince,
    OverwroteAnother,
    PlanOutdated,
    Refused,
    StillRunning,
)
from neon_sandbox.model import computes, rules, time_travel
from neon_sandbox.model.restore import restore
from tests.client.harness import (
    BACKUP,
    BEFORE_DELETE,
    PRODUCTION,
    Harness,
    error_response,
    read_timeout,
    sequence,
)

RESTORE = f"POST /branches/{PRODUCTION}/restore"
AT_WORK = "production is being restored or reset by another request"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let operations end at once."""
    durations: Any = rules.OPERATION_DURATIONS
    for action in durations:
        monkeypatch.setitem(durations, action, timedelta())


@pytest.mark.parametrize(
    "call",
    [
        lambda neon: neon.restore("production", at=BEFORE_DELETE),
        lambda neon: neon.begin_restore("production", at=BEFORE_DELETE),
        lambda neon: neon.restore("development", source="production"),
        lambda neon: neon.rollback(BACKUP),
        lambda neon: neon.restore(neon.plan_restore("production", at=BEFORE_DELETE)),
    ],
)
def test_a_branch_that_neon_restores_is_not_restored(
    call: Callable[[Neon], object], neon: Neon, harness: Harness
) -> None:
    """Neither the destination nor a source that is read at its head may be under restore."""
    neon.begin_restore("production", at="2026-11-20T14:00:00Z")
    with pytest.raises(Refused, match=AT_WORK) as refused:
        call(neon)
    assert harness.writes_sent == [RESTORE]
    assert refused.value.changed == "nothing."
    assert "resume('production') waits" in refused.value.advice
    assert neon.resume("production").backup is not None
    harness.connect().restore("production", at=BEFORE_DELETE)


def test_the_past_of_a_branch_under_restore_is_a_source(neon: Neon, harness: Harness) -> None:
    """A point in its history does not move, and Neon carries the restores out in turn."""
    harness.create_branch("root", schema_only=True)
    neon.begin_restore("production", at=BEFORE_DELETE)
    assert neon.restore("root", source="production", at=BEFORE_DELETE).backup is not None


@pytest.mark.parametrize("state", [{"pending_state": "resetting"}, {"current_state": "resetting"}])
def test_a_reset_to_come_is_refused(state: dict[str, str], neon: Neon, harness: Harness) -> None:
    """Neon lists the branch as pending, or no operation of it."""

    def pending(request: httpx.Request) -> httpx.Response:
        answered = harness.sandbox.api.handle(request)
        body = answered.json()
        for branch in body["branches"]:
            branch |= state if branch["id"] == PRODUCTION else {}
        return httpx.Response(200, json=body, headers={"Date": answered.headers["Date"]})

    harness.respond_always("GET", "/branches", pending)
    with pytest.raises(Refused, match=AT_WORK):
        neon.restore("production", at=BEFORE_DELETE)
    assert harness.writes_sent == []


def test_a_branch_that_a_failure_left_resetting_is_restored(neon: Neon, harness: Harness) -> None:
    """Neon is not at work on it any more, and only another restore mends it."""
    harness.storage.fail_next("the disk is full")
    neon.begin_restore("production", at=BEFORE_DELETE)
    harness.run_until_idle()
    assert harness.sandbox.model.branch(PRODUCTION).current_state == "resetting"
    assert neon.restore("production", at=BEFORE_DELETE).backup is not None


def test_a_plan_warns_of_a_branch_under_restore(neon: Neon, harness: Harness) -> None:
    warning = (
        "production is being restored or reset now. This restore is refused until that has ended."
    )
    assert warning not in neon.plan_restore("production", at=BEFORE_DELETE).warnings
    neon.begin_restore("production", at=BEFORE_DELETE)
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    assert warning in plan.warnings
    assert warning in neon.plan_restore("development", source="production").warnings
    harness.run_until_idle()
    assert neon.restore(plan).backup is not None


@pytest.mark.parametrize("lost", [True, False])
def test_a_restore_right_before_is_told(lost: bool, neon: Neon, harness: Harness) -> None:
    """It came after the last look at the branch, and can be put back."""
    handle = harness.sandbox.api.handle
    answer = sequence(handle, read_timeout) if lost else handle
    harness.respond_once("POST", "/restore", sequence(harness.restore_elsewhere, answer))
    with pytest.raises(OverwroteAnother, match="by another request at 2026-11-20T14:40:00Z") as it:
        neon.restore("production", at="2026-11-20T14:00:00Z")
    assert harness.writes_sent == [RESTORE]
    assert it.value.changed == (
        "the restore of production has finished, and has overwritten the other one."
    )
    assert it.value.restored is not None
    assert it.value.restored.backup is not None
    theirs = harness.last_sql(it.value.restored.backup.name)
    assert "rollback(error.restored)" in it.value.advice
    ours = harness.last_sql("production")
    neon.rollback(it.value.restored)
    assert harness.last_sql("production") == theirs != ours


@pytest.mark.parametrize("how", ["wait", "plan", "name"])
def test_a_later_wait_tells_it_too(how: str, neon: Neon, harness: Harness) -> None:
    """Only who knows the branch from before the restore can tell."""
    harness.respond_once("POST", "/restore", sequence(harness.restore_elsewhere, lambda _: None))
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    pending = neon.begin_restore(plan)
    if how == "name":
        assert neon.resume("production").backup is not None
        return
    with pytest.raises(OverwroteAnother):
        neon.wait(pending) if how == "wait" else neon.resume(plan)


def test_without_a_backup_the_other_state_is_gone(neon: Neon, harness: Harness) -> None:
    """The advice does not promise what was not kept."""
    copy = harness.create_branch("copy")
    harness.advance(seconds=1)

    def elsewhere(request: httpx.Request) -> None:
        restore(harness.sandbox.model, copy, PRODUCTION)
        harness.run_until_idle()

    harness.respond_once("POST", "/restore", elsewhere)
    with pytest.raises(OverwroteAnother) as error:
        neon.restore("copy", source="production", discard_previous_state=True)
    assert "Its result was not kept." in error.value.advice


def test_a_restore_right_after_is_told(neon: Neon, harness: Harness, at_once: None) -> None:
    """It came within a second, so only the operations show that it was another one."""
    soon = sequence(lambda request: harness.advance(seconds=1), harness.restore_elsewhere)
    harness.respond_once("GET", "/operations", soon)
    with pytest.raises(OverwrittenSince, match="again, at 2026-11-20T14:40:01Z") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert error.value.pending is not None


def test_a_restore_right_after_is_told_before_it_is_protected(
    neon: Neon, harness: Harness, at_once: None
) -> None:
    """The time of the reset is known exactly from the list of branches."""
    harness.protect("production")
    soon = sequence(lambda request: harness.advance(seconds=1), harness.restore_elsewhere)
    harness.respond_once("PATCH", PRODUCTION, None, soon)
    with pytest.raises(OverwrittenSince):
        neon.restore("production", at=BEFORE_DELETE, unprotect=True)


def test_restores_one_after_another_are_not_taken_for_others(
    neon: Neon, harness: Harness, at_once: None
) -> None:
    """A script restores and rolls back within the same second."""
    harness.create_branch("copy")
    neon.restore("copy", source="production")
    for _ in range(3):
        restored = neon.restore("production", at=BEFORE_DELETE)
        neon.rollback(restored)
    assert harness.clock.monotonic() < 1


@pytest.mark.parametrize("code", [409, 423])
def test_a_restore_that_neon_is_busy_with_is_not_overwritten(
    code: int, neon: Neon, harness: Harness
) -> None:
    """It began after the last look at the branch: Neon says that it is busy, and nothing is sent.

    For 30 s it might be this restore, of which the backup is not listed yet.
    """
    busy = sequence(harness.restore_elsewhere, error_response(code))
    harness.respond_once("POST", "/restore", busy)
    with pytest.raises(PlanOutdated, match="production was restored or reset") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert error.value.changed == "nothing by this call."
    assert harness.clock.monotonic() > 30


@pytest.mark.parametrize("before", [timedelta(0), timedelta(minutes=5)])
@pytest.mark.parametrize("when", ["POST /restore", "GET /operations"])
def test_time_travel_is_not_taken_for_a_restore(
    when: str, before: timedelta, neon: Neon, harness: Harness
) -> None:
    """People look at the past of a branch, also of one that is suspended, while it is restored."""
    model = harness.sandbox.model

    def look(request: httpx.Request | None = None) -> None:
        for minute in (10, 11):
            time_travel.start(model, PRODUCTION, f"neon_timestamp:2026-11-20T14:{minute}:00Z")

    computes.suspend(model, next(iter(model.endpoints_of(model.branch(PRODUCTION)))).id)
    harness.run_until_idle()
    harness.advance(seconds=before.total_seconds() + 10)
    method, path = when.split()
    harness.respond_once(method, path, sequence(look, lambda request: None))
    assert neon.restore("production", at=BEFORE_DELETE).backup is not None


def test_a_look_at_the_past_hides_no_failure(neon: Neon, harness: Harness) -> None:
    """A branch that a failed restore left at work can be restored, whoever looked at it since."""
    harness.storage.fail_next("no space left on device")
    with pytest.raises(OperationFailed):
        neon.restore("production", at=BEFORE_DELETE)
    time_travel.start(harness.sandbox.model, PRODUCTION, f"neon_timestamp:{BEFORE_DELETE}")
    harness.run_until_idle()
    harness.advance(seconds=300)
    assert neon.restore("production", at=BEFORE_DELETE).backup is not None


def test_a_restore_that_nothing_but_a_name_shows_is_not_finished(
    neon: Neon, harness: Harness
) -> None:
    """The answer was lost, no operation is listed, and the branch is listed as it was before."""
    before = neon.branches()
    handle = harness.sandbox.api.handle

    def stale(request: httpx.Request) -> httpx.Response:
        body = handle(request).json()
        old = {branch.id: branch for branch in before}
        for branch in body["branches"]:
            if branch["id"] in old:
                branch |= {"current_state": "ready"}
                branch.pop("pending_state", None)
                branch.pop("last_reset_at", None)
        return httpx.Response(200, json=body, headers={"Date": handle(request).headers["Date"]})

    harness.respond_once("POST", "/restore", sequence(handle, read_timeout))
    harness.respond_always("GET", "/operations", no_operations)
    harness.respond_always("GET", "/branches", stale)
    with pytest.raises(StillRunning) as error:
        neon.restore("production", at=BEFORE_DELETE, timeout=60)
    assert error.value.pending is not None


def no_operations(request: httpx.Request) -> httpx.Response:
    """Answer with an empty list of operations."""
    return httpx.Response(200, json={"operations": [], "pagination": {}})


def test_an_earlier_restore_that_is_dated_late_is_none_in_between(
    neon: Neon, harness: Harness, at_once: None
) -> None:
    """Neon dates operations five seconds late; the reset that was seen before is no other one."""

    def late(request: httpx.Request) -> httpx.Response:
        answered = harness.sandbox.api.handle(request)
        body = answered.json()
        for operation in body["operations"]:
            operation["created_at"] = operation["created_at"].replace("14:40:0", "14:40:1")
        return httpx.Response(200, json=body, headers={"Date": answered.headers["Date"]})

    neon.restore("production", at=BEFORE_DELETE)
    harness.respond_always("GET", "/operations", late)
    harness.advance(seconds=5)
    assert neon.restore("production", at=BEFORE_DELETE).backup is not None
