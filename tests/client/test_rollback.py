"""Rollbacks of restores."""

import pytest

from neon_restore import InvalidPoint, Neon, NotARootBranch, Refused
from tests.client.harness import BACKUP, BEFORE_DELETE, PRODUCTION, TARGET, Harness


def test_a_restore_is_undone_from_its_result(neon: Neon, harness: Harness) -> None:
    """The head of the backup is restored; it keeps the children, and a new backup the rest."""
    before = harness.last_sql("production")
    restored = neon.restore("production", at=BEFORE_DELETE)
    in_between = harness.last_sql("production")
    backup = harness.sandbox.branch(BACKUP)
    harness.sent.clear()
    undone = neon.rollback(restored, backup_name="again")
    body = {"source_branch_id": backup.id, "preserve_under_name": "again"}
    assert harness.bodies_sent() == [body]
    assert harness.last_sql("production") == before != in_between
    assert harness.sandbox.branch("development").parent_id == backup.id
    assert undone.destination.id == PRODUCTION
    assert undone.intent.source is not None
    assert undone.intent.source.name == BACKUP
    assert undone.point is None
    assert undone.backup is not None
    assert harness.last_sql(undone.backup.name) == in_between
    neon.rollback(undone)
    assert harness.last_sql("production") == in_between


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_restore_is_undone_from_its_backup_alone(by: str, neon: Neon, harness: Harness) -> None:
    """In a later process, the name or id of the backup branch is enough."""
    before = harness.last_sql("production")
    neon.restore("production", at=BEFORE_DELETE)
    harness.connect().rollback(getattr(harness.sandbox.branch(BACKUP), by))
    assert harness.last_sql("production") == before


def test_a_backup_of_another_name_needs_the_branch(neon: Neon, harness: Harness) -> None:
    before = harness.last_sql("production")
    neon.restore("production", at=BEFORE_DELETE, backup_name="kept")
    with pytest.raises(Refused, match="'kept' does not say which branch it is a backup of") as no:
        neon.rollback("kept")
    assert "branch=" in no.value.advice
    neon.rollback("kept", branch="production")
    assert harness.last_sql("production") == before


def test_a_backup_of_a_backup_is_of_the_latter(neon: Neon, harness: Harness) -> None:
    """Of several times in a name, the last one ends the name of the branch."""
    second = f"{BACKUP}_old_2026-11-20T15:00:00.000000Z"
    for name in (second, BACKUP):
        harness.create_branch(name)
    assert neon.rollback(second).destination.name == BACKUP


def test_a_restore_that_kept_nothing_cannot_be_undone(neon: Neon, harness: Harness) -> None:
    restored = neon.restore("development", source="production", discard_previous_state=True)
    harness.sent.clear()
    with pytest.raises(Refused, match="kept no backup, so it cannot be undone"):
        neon.rollback(restored)
    assert harness.sent == []


def test_a_result_says_what_is_undone_and_where(neon: Neon, harness: Harness) -> None:
    """It takes no branch, and a restore on a sandbox is not rolled back on Neon."""
    restored = neon.restore("production", at=BEFORE_DELETE)
    harness.sent.clear()
    with pytest.raises(Refused, match="A restore was given together with a branch"):
        neon.rollback(restored, branch="production")
    with pytest.raises(Refused, match=TARGET):
        harness.connect(api_host="https://console.neon.tech/api/v2").rollback(restored)
    assert harness.sent == []


def test_a_branch_is_not_rolled_back_to_itself(neon: Neon, harness: Harness) -> None:
    with pytest.raises(InvalidPoint, match="own history"):
        neon.rollback("production", branch="production")
    assert harness.writes_sent == []


def test_a_reset_child_is_rolled_back(neon: Neon, harness: Harness) -> None:
    """A rollback has no point in time, so a child branch can be its destination."""
    before = harness.last_sql("development")
    restored = neon.restore("development", source="production")
    with pytest.raises(NotARootBranch):
        neon.restore("development", source="production", at=BEFORE_DELETE)
    neon.rollback(restored)
    assert harness.last_sql("development") == before


def test_a_rollback_is_planned_like_a_restore(neon: Neon, harness: Harness) -> None:
    """The plan has what is replaced and what stays for good; `restore` carries it out."""
    before = harness.last_sql("production")
    restored = neon.restore("production", at=BEFORE_DELETE)
    plan = neon.plan_rollback(restored)
    assert plan == neon.plan_rollback(BACKUP) == neon.plan_rollback(BACKUP, branch="production")
    assert plan.source.name == BACKUP
    assert "it is the original root" in plan.stays_behind[0]
    assert len(harness.writes_sent) == 1
    assert neon.restore(plan).intent.source == plan.source
    assert harness.last_sql("production") == before


def test_a_rollback_can_be_waited_for_later(neon: Neon, harness: Harness) -> None:
    pending = neon.begin_rollback(neon.restore("production", at=BEFORE_DELETE))
    assert harness.sandbox.model.idle_at() is not None
    assert neon.wait(pending).backup is not None
