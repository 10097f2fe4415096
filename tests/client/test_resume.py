"""Resuming a restore that another process began."""

import pickle

import httpx
import pytest

from neon_restore import (
    DeadlinePassed,
    Neon,
    NeonRestoreError,
    NoAnswer,
    NotAuthorized,
    OperationFailed,
    OutcomeUnknown,
    OverwrittenSince,
    Refused,
    StillRunning,
    UnknownName,
)
from neon_sandbox.model.branches import update
from tests.client.harness import (
    BACKUP,
    BEFORE_DELETE,
    PRODUCTION,
    Answer,
    Harness,
    error_response,
    interrupted,
    read_timeout,
)


def test_a_restore_is_taken_up_by_the_name_of_its_branch(neon: Neon, harness: Harness) -> None:
    """The newest backup branch is that of the running restore, which can be rolled back."""
    before = harness.last_sql("production")
    neon.begin_restore("production", at=BEFORE_DELETE)
    with pytest.raises(StillRunning):
        neon.resume("production", timeout=2)
    restored = harness.connect().resume("production")
    assert restored.destination.id == PRODUCTION
    assert restored.backup is not None
    assert restored.backup.name == BACKUP
    assert len(restored.operations) == 3
    assert all(operation.finished for operation in restored.operations)
    assert restored.point is None
    assert restored.intent.source is None
    assert "Now holds     an earlier state (last commit 2026-11-20T14:30:00Z)" in str(restored)
    neon.rollback(restored)
    assert harness.last_sql("production") == before


def test_a_backup_of_ones_own_name_is_named(neon: Neon, harness: Harness) -> None:
    neon.begin_restore("production", at=BEFORE_DELETE, backup_name="before")
    with pytest.raises(UnknownName, match="No backup of production was found"):
        neon.resume("production")
    assert neon.resume("production", backup_name="before").backup is not None


def test_a_plan_is_taken_up_from_another_process(neon: Neon, harness: Harness) -> None:
    """A plan can be stored before the restore is sent, and has the restore's arguments."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    stored = pickle.dumps(plan)
    neon.begin_restore(plan)
    restored = neon.resume(pickle.loads(stored))  # noqa: S301 - written above
    assert restored.point == plan.point
    assert restored.intent.source == plan.source


def test_an_interrupted_wait_is_taken_up(neon: Neon, harness: Harness) -> None:
    """Neon continues after Ctrl-C, and the exception's note says how to resume."""
    harness.respond_always("GET", "/operations/", interrupted)
    with pytest.raises(KeyboardInterrupt) as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert error.value.__notes__ == [
        f"production may be under restore. Call resume('production', backup_name='{BACKUP}')."
    ]
    harness.answers.clear()
    assert neon.resume("production", backup_name=BACKUP).backup is not None


def test_a_restore_without_backup_looks_like_any_other(neon: Neon, harness: Harness) -> None:
    """So the note of an interrupted one cannot say how to resume it."""
    harness.create_branch("copy")
    plan = neon.plan_restore("copy", source="production", discard_previous_state=True)
    with pytest.raises(UnknownName, match="copy was not reset: nothing shows that the restore"):
        neon.resume(plan)
    neon.begin_restore(plan)
    with pytest.raises(OutcomeUnknown, match=r"copy was restored or reset at 2026-.* by this"):
        neon.resume(plan)
    harness.run_until_idle()
    harness.respond_always("POST", "/restore", interrupted)
    with pytest.raises(KeyboardInterrupt) as error:
        neon.restore("copy", source="production", discard_previous_state=True)
    assert "Look when it was last reset" in error.value.__notes__[0]


def test_a_missing_backup_or_branch_leaves_it_open(neon: Neon, harness: Harness) -> None:
    """The branch was reset, or is gone, and no backup is found: it must not be restored again."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    neon.restore(plan)
    update(harness.sandbox.model, harness.sandbox.branch(BACKUP).id, name="renamed")
    with pytest.raises(OutcomeUnknown, match="production was restored or reset at"):
        neon.resume(plan)
    del harness.sandbox.model.branches[PRODUCTION]
    with pytest.raises(OutcomeUnknown, match="production is gone"):
        neon.resume(plan)


def test_an_old_backup_is_not_that_of_an_interrupted_restore(neon: Neon, harness: Harness) -> None:
    neon.restore("production", at=BEFORE_DELETE)
    harness.advance(hours=5)
    with pytest.raises(UnknownName, match=f"{BACKUP}, 5 hours .* old: nothing shows a restore"):
        neon.resume("production")
    assert neon.resume("production", backup_name=BACKUP).backup is not None


def test_another_branch_is_no_backup(neon: Neon, harness: Harness) -> None:
    with pytest.raises(UnknownName):
        neon.resume("production", backup_name="development")
    harness.advance(hours=1)
    neon.restore("production", at=BEFORE_DELETE)
    with pytest.raises(OverwrittenSince):
        neon.resume("production", backup_name="development")


def test_without_branch_ids_the_state_is_waited_for(neon: Neon, harness: Harness) -> None:
    """Neon may omit the branch of an operation."""

    def nameless(request: httpx.Request) -> httpx.Response | None:
        if "limit" not in request.url.params:
            return None
        answered = harness.sandbox.api.handle(request)
        answer = answered.json()
        for operation in answer["operations"]:
            del operation["branch_id"]
        return httpx.Response(200, json=answer, headers={"Date": answered.headers["Date"]})

    harness.respond_always("GET", "/operations", nameless)
    neon.begin_restore("production", at=BEFORE_DELETE)
    with pytest.raises(StillRunning, match=r"production was not listed as ready, .* after 2 s"):
        neon.resume("production", timeout=2)
    restored = neon.resume("production")
    assert restored.operations == ()
    assert harness.sandbox.branch("production").current_state == "ready"


def test_later_work_on_the_branch_is_no_part_of_it(neon: Neon, harness: Harness) -> None:
    """Computes start and stop after a restore, and one that fails then does not fail it."""
    neon.restore("production", at=BEFORE_DELETE)
    harness.advance(minutes=5)
    now = harness.clock.now()
    late = harness.sandbox.model.record_operation("start_compute", PRODUCTION, None, now)
    late.status = "failed"
    assert len(neon.resume("production").operations) == 3


def test_a_restore_that_never_began_is_not_found(neon: Neon, harness: Harness) -> None:
    """The client polls for 30 s; if the deadline passes before, nothing is known."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    with pytest.raises(UnknownName, match=f"There is no branch named {BACKUP}") as error:
        neon.resume(plan)
    assert 30 <= harness.clock.monotonic() < 40
    assert error.value.changed == "nothing."
    with pytest.raises(DeadlinePassed, match="The deadline of 7 s passed") as late:
        neon.resume(plan, timeout=7)
    assert late.value.changed.startswith("unknown")


def test_only_its_own_failure_fails_it(neon: Neon, harness: Harness) -> None:
    """A restore that failed an hour ago does not fail the next one that is resumed."""
    harness.storage.fail_next("the disk is full")
    neon.begin_restore("production", at=BEFORE_DELETE)
    with pytest.raises(OperationFailed):
        neon.resume("production")
    harness.advance(hours=1)
    neon.begin_restore("production", at=BEFORE_DELETE)
    assert len(neon.resume("production").operations) == 3


def test_a_plan_stands_alone(neon: Neon, harness: Harness) -> None:
    """A plan has all arguments, so no other argument may contradict it."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    with pytest.raises(Refused, match="together with other arguments"):
        neon.resume(plan, backup_name="other")
    with pytest.raises(Refused, match="together with other arguments"):
        neon.resume(plan, protect=True)


@pytest.mark.parametrize(
    ("answer", "kind", "advice"),
    [
        (read_timeout, NoAnswer, "Call resume again"),
        (error_response(401), NotAuthorized, "NEON_API_KEY"),
    ],
)
def test_a_look_that_fails_leaves_it_open(
    answer: Answer, kind: type[NeonRestoreError], advice: str, neon: Neon, harness: Harness
) -> None:
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    harness.respond_always("GET", "/branches", answer)
    with pytest.raises(kind) as error:
        neon.resume(plan, timeout=5)
    assert error.value.changed == "unknown: production may have been restored."
    assert advice in error.value.advice
    assert error.value.pending is not None


def test_a_first_look_that_fails_claims_nothing(neon: Neon, harness: Harness) -> None:
    """With only a branch name, not even the branch was seen."""
    harness.respond_always("GET", "/branches", read_timeout)
    with pytest.raises(NoAnswer) as error:
        neon.resume("production")
    assert error.value.changed == "unknown: whether a restore was carried out was not seen."
