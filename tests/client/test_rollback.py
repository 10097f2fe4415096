"""Rollbacks of restores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from neon_restore import InvalidPoint, NotARootBranch, Refused
from tests.client.harness import BACKUP, BEFORE_DELETE, PRODUCTION, TARGET, Harness

if TYPE_CHECKING:
    from neon_restore import Neon


def test_a_restore_is_undone_from_its_result(neon: Neon, harness: Harness) -> None:
    """The branch has its previous data again, and the state from in between is kept."""
    before = harness.last_sql("production")
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert harness.last_sql("production") != before
    undone = neon.rollback(restored)
    assert harness.last_sql("production") == before
    assert undone.destination.id == PRODUCTION
    assert undone.intent.source is not None
    assert undone.intent.source.name == BACKUP
    assert undone.point is None
    assert undone.backup is not None
    assert harness.last_sql(undone.backup.name).startswith("INSERT INTO orders")


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_restore_is_undone_from_its_backup_alone(by: str, neon: Neon, harness: Harness) -> None:
    """In a later process, the name or id of the backup branch is enough."""
    before = harness.last_sql("production")
    neon.restore("production", at=BEFORE_DELETE)
    backup = harness.sandbox.branch(BACKUP)
    harness.connect().rollback(backup.name if by == "name" else backup.id)
    assert harness.last_sql("production") == before


def test_a_backup_of_another_name_needs_the_branch(neon: Neon, harness: Harness) -> None:
    """A backup name that does not contain the branch is refused without `branch=`."""
    before = harness.last_sql("production")
    neon.restore("production", at=BEFORE_DELETE, backup_name="kept")
    with pytest.raises(Refused, match="'kept' does not say which branch it is a backup of") as no:
        neon.rollback("kept")
    assert "branch=" in no.value.advice
    neon.rollback("kept", branch="production")
    assert harness.last_sql("production") == before


def test_a_rollback_is_a_restore_from_the_backups_head(neon: Neon, harness: Harness) -> None:
    """One restore is sent, without a point, with the given backup name."""
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert restored.backup is not None
    harness.sent.clear()
    neon.rollback(restored, backup_name="again")
    (sent,) = [json.loads(r.content) for r in harness.sent if r.method == "POST"]
    assert sent == {"source_branch_id": restored.backup.id, "preserve_under_name": "again"}


def test_children_stay_on_the_first_backup(neon: Neon, harness: Harness) -> None:
    """A rollback does not move the children back, and the result says what stays."""
    neon.rollback(neon.restore("production", at=BEFORE_DELETE))
    backup = harness.sandbox.branch(BACKUP)
    assert harness.sandbox.branch("development").parent_id == backup.id


def test_a_rollback_can_be_undone(neon: Neon, harness: Harness) -> None:
    """A rollback keeps a backup branch as any restore does."""
    restored = neon.restore("production", at=BEFORE_DELETE)
    rewound = harness.last_sql("production")
    neon.rollback(neon.rollback(restored))
    assert harness.last_sql("production") == rewound


def test_the_newest_backup_is_told_by_the_last_time_in_its_name(
    neon: Neon, harness: Harness
) -> None:
    """The name of a backup of a backup contains the name of the latter."""
    harness.create_branch(f"{BACKUP}_old_2026-11-20T15:00:00.000000Z")
    harness.create_branch(BACKUP)
    undone = neon.rollback(f"{BACKUP}_old_2026-11-20T15:00:00.000000Z")
    assert undone.destination.name == BACKUP


def test_a_restore_that_kept_nothing_cannot_be_undone(neon: Neon, harness: Harness) -> None:
    """Without a backup branch there is nothing to restore, and no request is sent."""
    restored = neon.restore("development", source="production", discard_previous_state=True)
    harness.sent.clear()
    with pytest.raises(Refused, match="kept no backup, so it cannot be undone"):
        neon.rollback(restored)
    assert harness.sent == []


def test_a_result_and_a_branch_are_not_given_together(neon: Neon) -> None:
    """The result has the branch that it restored."""
    restored = neon.restore("production", at=BEFORE_DELETE)
    with pytest.raises(Refused, match="A restore was given together with a branch"):
        neon.rollback(restored, branch="production")


def test_a_result_is_undone_where_it_was_made(neon: Neon, harness: Harness) -> None:
    """A restore on a sandbox is not rolled back on Neon."""
    restored = neon.restore("production", at=BEFORE_DELETE)
    harness.sent.clear()
    with pytest.raises(Refused, match=TARGET):
        harness.connect(api_host="https://console.neon.tech/api/v2").rollback(restored)
    assert harness.sent == []


def test_a_branch_is_not_rolled_back_to_itself(neon: Neon, harness: Harness) -> None:
    """A branch is already at its own head."""
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
    """`begin_rollback` returns before the rollback has finished."""
    restored = neon.restore("production", at=BEFORE_DELETE)
    pending = neon.begin_rollback(restored)
    assert harness.sandbox.model.idle_at() is not None
    assert neon.wait(pending).backup is not None
