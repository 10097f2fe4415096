"""Resuming a restore that another process began."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import httpx
import pytest

from neon_restore import (
    DeadlinePassed,
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
    Harness,
    error_response,
    read_timeout,
)

if TYPE_CHECKING:
    from neon_restore import Neon


def test_a_restore_is_taken_up_by_the_name_of_its_branch(neon: Neon, harness: Harness) -> None:
    """The newest backup branch is that of the running restore."""
    neon.begin_restore("production", at=BEFORE_DELETE)
    restored = harness.connect().resume("production")
    assert restored.destination.id == PRODUCTION
    assert restored.backup is not None
    assert restored.backup.name == BACKUP
    assert len(restored.operations) == 3
    assert all(operation.finished for operation in restored.operations)
    assert restored.point is None
    assert restored.intent.source is None
    assert "Now holds     an earlier state (last commit 2026-11-20T14:30:00Z)" in str(restored)


def test_what_was_taken_up_can_be_rolled_back(neon: Neon, harness: Harness) -> None:
    """A resumed restore is a restore like any other."""
    before = harness.last_sql("production")
    neon.begin_restore("production", at=BEFORE_DELETE)
    neon.rollback(neon.resume("production"))
    assert harness.last_sql("production") == before


def test_a_backup_of_ones_own_name_is_named(neon: Neon, harness: Harness) -> None:
    """A custom backup name does not contain the branch."""
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

    def interrupted(request: httpx.Request) -> None:
        if "/operations/" in request.url.path:
            raise KeyboardInterrupt

    harness.answers.append(interrupted)
    with pytest.raises(KeyboardInterrupt) as error:
        neon.restore("production", at=BEFORE_DELETE)
    (note,) = error.value.__notes__
    assert note == (
        f"production may be under restore. Call resume('production', backup_name='{BACKUP}')."
    )
    harness.answers.clear()
    assert neon.resume("production", backup_name=BACKUP).backup is not None


def test_a_restore_that_keeps_nothing_cannot_be_told_from_another(
    neon: Neon, harness: Harness
) -> None:
    """The branches show only that the branch was reset since the plan."""
    harness.create_branch("copy")
    plan = neon.plan_restore("copy", source="production", discard_previous_state=True)
    with pytest.raises(UnknownName, match="copy was not reset: nothing shows that the restore"):
        neon.resume(plan)
    neon.begin_restore(plan)
    with pytest.raises(OutcomeUnknown, match=r"copy was restored or reset at 2026-.* by this"):
        neon.resume(plan)


def test_an_interrupted_restore_that_keeps_nothing_says_where_to_look(
    neon: Neon, harness: Harness
) -> None:
    """There is no backup name to give to `resume`."""
    harness.create_branch("copy")

    def interrupted(request: httpx.Request) -> None:
        if request.method == "POST":
            raise KeyboardInterrupt

    harness.answers.append(interrupted)
    with pytest.raises(KeyboardInterrupt) as error:
        neon.restore("copy", source="production", discard_previous_state=True)
    assert "Look when it was last reset" in error.value.__notes__[0]


def test_a_backup_that_was_renamed_leaves_it_open(neon: Neon, harness: Harness) -> None:
    """The branch was reset and its backup is not found: the caller must not restore again."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    neon.restore(plan)
    update(harness.sandbox.model, harness.sandbox.branch(BACKUP).id, name="renamed")
    with pytest.raises(OutcomeUnknown, match="production was restored or reset at"):
        neon.resume(plan)


def test_a_branch_that_is_gone_leaves_it_open(neon: Neon, harness: Harness) -> None:
    """Nothing shows whether it was restored before."""
    harness.create_branch("copy")
    plan = neon.plan_restore("copy", source="production")
    neon.restore(plan)
    backup = harness.sandbox.branch(str(plan.backup_name))
    harness.sandbox.model.branches.pop(harness.sandbox.branch("copy").id)
    harness.sandbox.model.branches.pop(backup.id)
    with pytest.raises(OutcomeUnknown, match="copy is gone"):
        neon.resume(plan)


def test_an_old_backup_is_not_that_of_an_interrupted_restore(neon: Neon, harness: Harness) -> None:
    """The newest backup of the branch is hours old: the restore was never sent."""
    neon.restore("production", at=BEFORE_DELETE)
    harness.advance(hours=5)
    with pytest.raises(UnknownName, match=f"{BACKUP}, 5 hours .* old: nothing shows a restore"):
        neon.resume("production")
    assert neon.resume("production", backup_name=BACKUP).backup is not None


def test_another_branch_is_no_backup(neon: Neon, harness: Harness) -> None:
    """The backup name was given by mistake: it is not that of a restore of production."""
    with pytest.raises(UnknownName):
        neon.resume("production", backup_name="development")
    harness.advance(hours=1)
    neon.restore("production", at=BEFORE_DELETE)
    with pytest.raises(OverwrittenSince):
        neon.resume("production", backup_name="development")


def test_operations_that_name_no_branch_are_waited_for_by_its_state(
    neon: Neon, harness: Harness
) -> None:
    """Neon may omit the branch of an operation."""

    def nameless(request: httpx.Request) -> httpx.Response | None:
        answered = harness.sandbox.api.handle(request)
        answer = answered.json()
        for operation in answer["operations"]:
            del operation["branch_id"]
        return httpx.Response(200, json=answer, headers={"Date": answered.headers["Date"]})

    harness.respond_always(
        "GET", "/operations", lambda r: nameless(r) if "limit" in str(r.url) else None
    )
    neon.begin_restore("production", at=BEFORE_DELETE)
    with pytest.raises(StillRunning, match="production was still resetting after 2 s"):
        neon.resume("production", timeout=2)
    restored = neon.resume("production")
    assert restored.operations == ()
    assert harness.sandbox.branch("production").current_state == "ready"


def test_later_work_on_the_branch_is_no_part_of_it(neon: Neon, harness: Harness) -> None:
    """Computes start and stop after a restore, and one that fails then does not fail it."""
    neon.restore("production", at=BEFORE_DELETE)
    harness.advance(minutes=5)
    late = harness.sandbox.model.record_operation(
        "start_compute", PRODUCTION, None, harness.clock.now()
    )
    late.status = "failed"
    assert len(neon.resume("production").operations) == 3


def test_a_restore_that_was_never_carried_out_is_not_waited_for(
    neon: Neon, harness: Harness
) -> None:
    """The client gives up after 30 s without a backup branch."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    with pytest.raises(UnknownName, match=f"There is no branch named {BACKUP}") as error:
        neon.resume(plan)
    assert 30 <= harness.clock.monotonic() < 40
    assert error.value.changed == "nothing."


def test_a_restore_that_failed_is_taken_up_as_a_failure(neon: Neon, harness: Harness) -> None:
    """The restore's operations show the failure."""
    harness.storage.fail_next("the disk is full")
    neon.begin_restore("production", at=BEFORE_DELETE)
    with pytest.raises(OperationFailed):
        neon.resume("production")


def test_earlier_work_on_the_branch_is_no_part_of_it(neon: Neon, harness: Harness) -> None:
    """A restore that failed an hour ago does not fail the resumed one."""
    harness.storage.fail_next("the disk is full")
    with pytest.raises(OperationFailed):
        neon.restore("production", at=BEFORE_DELETE)
    harness.advance(hours=1)
    neon.begin_restore("production", at=BEFORE_DELETE)
    assert len(neon.resume("production").operations) == 3


def test_the_deadline_of_a_resume_is_its_own(neon: Neon, harness: Harness) -> None:
    """A restore that is still running can be resumed again."""
    neon.begin_restore("production", at=BEFORE_DELETE)
    with pytest.raises(StillRunning):
        neon.resume("production", timeout=2)
    assert neon.resume("production").backup is not None


def test_a_plan_stands_alone(neon: Neon, harness: Harness) -> None:
    """A plan has all arguments, so no other argument may contradict it."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    with pytest.raises(Refused, match="together with other arguments"):
        neon.resume(plan, backup_name="other")
    with pytest.raises(Refused, match="together with other arguments"):
        neon.resume(plan, protect=True)


def test_a_look_that_fails_until_the_deadline_is_an_error(neon: Neon, harness: Harness) -> None:
    """It stays unknown whether the restore was carried out."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    harness.respond_always("GET", "/branches", read_timeout)
    with pytest.raises(NoAnswer) as error:
        neon.resume(plan, timeout=5)
    assert error.value.changed == "unknown: production may have been restored."
    assert error.value.pending is not None


def test_a_look_that_was_cut_short_says_so(neon: Neon, harness: Harness) -> None:
    """The deadline passes before the 30 s of polling: nothing is known yet."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    with pytest.raises(DeadlinePassed, match="The deadline of 7 s passed") as error:
        neon.resume(plan, timeout=7)
    assert error.value.changed.startswith("unknown")


def test_a_first_look_that_fails_claims_nothing(neon: Neon, harness: Harness) -> None:
    """With only a branch name, not even the branch was seen."""
    harness.respond_always("GET", "/branches", read_timeout)
    with pytest.raises(NoAnswer) as error:
        neon.resume("production")
    assert error.value.changed == "unknown: whether a restore was carried out was not seen."


def test_a_key_that_was_revoked_is_told_as_such(neon: Neon, harness: Harness) -> None:
    """Calling again would not help; the advice says what to check."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    harness.respond_always("GET", "/branches", error_response(401))
    with pytest.raises(NotAuthorized) as error:
        neon.resume(plan)
    assert "NEON_API_KEY" in error.value.advice
    assert error.value.pending is not None
