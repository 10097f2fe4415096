"""A restore has finished when Neon is no longer at work on it, whatever an answer says before."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from neon_restore import (
    Neon,
    OperationFailed,
    OutcomeUnknown,
    Restored,
    StillRunning,
    UnexpectedAnswer,
)
from tests.client.harness import (
    BACKUP,
    BEFORE_DELETE,
    DEVELOPMENT,
    PRODUCTION,
    Answer,
    Harness,
    error_response,
    read_timeout,
    sequence,
)

Body = dict[str, Any]
RESTORE = f"POST /branches/{PRODUCTION}/restore"
ENDED = {
    "id": "op-other",
    "project_id": "sandbox-shop-00000000",
    "action": "apply_config",
    "status": "finished",
    "failures_count": 0,
    "created_at": "2026-11-20T14:40:00Z",
    "updated_at": "2026-11-20T14:40:00Z",
    "total_duration_ms": 1,
}


def edited(harness: Harness, change: Callable[[Body], object]) -> Answer:
    """Return an answer that is the sandbox's with a changed body."""

    def answer(request: httpx.Request) -> httpx.Response:
        response = harness.sandbox.api.handle(request)
        body = response.json()
        change(body)
        return httpx.Response(response.status_code, json=body, headers={"Date": DATE})

    return answer


DATE = "Fri, 20 Nov 2026 14:40:00 GMT"


def operations(harness: Harness, *given: Body) -> Answer:
    """Return an answer to a restore with other operations than its own."""
    return edited(harness, lambda body: body.update(operations=given))


def assert_finished(restored: Restored, harness: Harness) -> None:
    """Check that the branch was at rest when the call returned."""
    assert restored.destination.current_state == "ready"
    assert harness.sandbox.model.branch(PRODUCTION).current_state == "ready"
    assert harness.sandbox.model.idle_at() is None
    assert restored.backup is not None
    assert restored.backup.name == BACKUP


@pytest.mark.parametrize("status", ["finished", "failed", "running"])
@pytest.mark.parametrize("branch", [DEVELOPMENT, "br-of-nobody"])
def test_work_on_another_branch_is_not_waited_for(
    status: str, branch: str, neon: Neon, harness: Harness
) -> None:
    """An answer names operations of another branch: neither their end nor failure counts."""
    other = ENDED | {"branch_id": branch, "status": status}
    harness.respond_once("POST", "/restore", operations(harness, other))
    assert_finished(neon.restore("production", at=BEFORE_DELETE), harness)


def test_a_failure_is_told_without_ones_own_operations(neon: Neon, harness: Harness) -> None:
    """The answer names operations of another branch only: those of the restore are looked for."""
    other = ENDED | {"branch_id": DEVELOPMENT}
    harness.storage.fail_next("the disk is full")
    harness.respond_once("POST", "/restore", operations(harness, other))
    with pytest.raises(OperationFailed, match="suspend_compute ended as failed"):
        neon.restore("production", at=BEFORE_DELETE)


def test_work_of_another_request_is_no_end(neon: Neon, harness: Harness) -> None:
    """The operations in the answer are of this branch, and ended before the restore began."""
    other = ENDED | {"branch_id": PRODUCTION}
    harness.respond_once("POST", "/restore", operations(harness, other))
    assert_finished(neon.restore("production", at=BEFORE_DELETE), harness)


def test_no_operations_are_no_end(neon: Neon, harness: Harness) -> None:
    harness.respond_once("POST", "/restore", operations(harness))
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert_finished(restored, harness)
    assert len(restored.operations) == 3


def test_no_operations_and_no_backup_are_no_end(neon: Neon, harness: Harness) -> None:
    """`wait` knows from the answer that Neon accepted the restore."""
    copy = harness.create_branch("copy")
    harness.respond_once("POST", "/restore", operations(harness))
    pending = neon.begin_restore("copy", source="production", discard_previous_state=True)
    assert pending.operations == ()
    restored = neon.wait(pending)
    assert harness.sandbox.model.branch(copy).current_state == "ready"
    assert [operation.action for operation in restored.operations][-1] == "delete_timeline"


@pytest.mark.parametrize("lost", [True, False])
def test_late_operations_are_waited_for(lost: bool, neon: Neon, harness: Harness) -> None:
    """Neon dates them more than three seconds after the backup branch."""

    def later(body: Body) -> None:
        for operation in body["operations"]:
            operation["created_at"] = operation["created_at"].replace("14:40:0", "14:40:1")

    harness.respond_always("GET", "/operations", edited_list(harness, later))
    answer = sequence(harness.sandbox.api.handle, read_timeout)
    harness.respond_once("POST", "/restore", answer if lost else operations(harness))
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert_finished(restored, harness)
    assert len(restored.operations) == 3


def edited_list(harness: Harness, change: Callable[[Body], object]) -> Answer:
    """Return an answer that changes only lists, not single operations or branches."""
    answer = edited(harness, change)
    return lambda request: answer(request) if "limit" in request.url.params else None


def test_a_late_failure_is_told(neon: Neon, harness: Harness) -> None:
    """Neon dates a failed operation late, and the branch is stuck: it is the restore's."""

    def later(body: Body) -> None:
        for operation in body["operations"]:
            operation["created_at"] = operation["created_at"].replace("14:40:0", "14:40:1")

    harness.respond_always("GET", "/operations", edited_list(harness, later))
    harness.storage.fail_next("the disk is full")
    harness.respond_once("POST", "/restore", sequence(harness.sandbox.api.handle, read_timeout))
    with pytest.raises(OperationFailed):
        neon.restore("production", at=BEFORE_DELETE)


def flicker(harness: Harness, name: str, *there: bool) -> None:
    """Leave a branch out of some of the next lists that would have it."""
    waiting = list(there)

    def without(body: Body) -> None:
        listed = [branch for branch in body["branches"] if branch["name"] != name]
        if waiting and len(listed) < len(body["branches"]) and not waiting.pop(0):
            body["branches"] = listed

    harness.respond_always(
        "GET", "/branches", lambda r: edited(harness, without)(r) if harness.writes_sent else None
    )


@pytest.mark.parametrize(
    "there",
    [(False,), (True, False), (False, True, False), (True, True, False, False), (False,) * 6],
)
@pytest.mark.parametrize("how", ["answered", "lost", "no operations", "resumed"])
def test_a_backup_may_flicker(
    how: str, there: tuple[bool, ...], neon: Neon, harness: Harness
) -> None:
    """The backup is listed, then not, then listed: the client looks again."""
    flicker(harness, BACKUP, *there)
    lost = sequence(harness.sandbox.api.handle, read_timeout)
    answers = {"lost": lost, "no operations": operations(harness)}
    harness.respond_once("POST", "/restore", answers.get(how))
    if how == "resumed":
        plan = neon.plan_restore("production", at=BEFORE_DELETE)
        neon.begin_restore(plan)
        restored = neon.resume(plan)
    else:
        restored = neon.restore("production", at=BEFORE_DELETE)
    assert harness.writes_sent == [RESTORE]
    assert_finished(restored, harness)


@pytest.mark.parametrize("code", [409, 423])
def test_a_copy_and_a_flicker_are_one_restore(code: int, neon: Neon, harness: Harness) -> None:
    """Neon rejects the second copy, and does not list the backup of the first one yet."""
    flicker(harness, BACKUP, False, False)
    answer = sequence(harness.sandbox.api.handle, error_response(code))
    harness.respond_once("POST", "/restore", answer)
    assert_finished(neon.restore("production", at=BEFORE_DELETE), harness)
    assert harness.writes_sent == [RESTORE]


@pytest.mark.parametrize("code", [409, 423])
def test_a_name_that_flickers_is_told(code: int, neon: Neon, harness: Harness) -> None:
    """Neon lists a branch of the caller's name once: this restore or another client made it."""
    flicker(harness, "before", False, True, *[False] * 50)
    answer = sequence(harness.sandbox.api.handle, error_response(code))
    harness.respond_once("POST", "/restore", answer)
    with pytest.raises(OutcomeUnknown, match="a branch named before now"):
        neon.restore("production", at=BEFORE_DELETE, backup_name="before")


def test_a_backup_that_stays_away_is_missed(neon: Neon, harness: Harness) -> None:
    """It is looked for as long as a lost restore would be."""
    flicker(harness, BACKUP, *[False] * 100)
    with pytest.raises(UnexpectedAnswer, match=f"There is no branch {BACKUP}") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert 30 < harness.clock.monotonic() < 50
    assert error.value.pending is not None
    with pytest.raises(
        StillRunning, match="production was not listed as ready, with its backup, after 5 s"
    ):
        neon.wait(error.value.pending, timeout=5)


def test_a_branch_that_is_still_reset_is_not_restored(
    neon: Neon, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All operations have ended, and the branch is `resetting` until the deadline."""

    def resetting(body: Body) -> None:
        for branch in body["branches"]:
            branch["current_state"] = "resetting"

    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    harness.respond_always("GET", "/branches", edited(harness, resetting))
    with pytest.raises(StillRunning, match="listed as ready, with its backup, after 60 s") as error:
        neon.wait(pending, timeout=60)
    assert error.value.changed.startswith("the operations of the restore of production have ended.")
    assert error.value.pending is not None
    harness.answers.clear()
    assert_finished(neon.wait(error.value.pending), harness)


@pytest.mark.parametrize("happened", [True, False])
def test_an_answer_about_another_branch_is_lost(
    happened: bool, neon: Neon, harness: Harness
) -> None:
    """Whether the restore was carried out is seen by its backup, as after a lost answer."""

    def other(body: Body) -> None:
        body["branch"]["id"] = DEVELOPMENT

    def elsewhere(request: httpx.Request) -> httpx.Response:
        branch = harness.ask("GET", f"/branches/{DEVELOPMENT}").json()["branch"]
        return httpx.Response(200, json={"branch": branch, "operations": []})

    answer = edited(harness, other) if happened else elsewhere
    harness.respond_once("POST", "/restore", answer)
    assert_finished(neon.restore("production", at=BEFORE_DELETE), harness)
    assert harness.writes_sent == [RESTORE] * (1 if happened else 2)


def test_an_answer_about_another_branch_without_a_backup(neon: Neon, harness: Harness) -> None:
    def other(body: Body) -> None:
        body["branch"]["id"] = DEVELOPMENT

    harness.create_branch("copy")
    harness.respond_once("POST", "/restore", edited(harness, other))
    with pytest.raises(OutcomeUnknown, match="answer to the restore of copy is about"):
        neon.restore("copy", source="production", discard_previous_state=True)
