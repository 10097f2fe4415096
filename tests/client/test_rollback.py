"""Undoing a restore."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from neon_restore import InvalidPoint, NotARootBranch, Refused
from tests.client.world import BACKUP, GOOD, PRODUCTION, WHERE, World

if TYPE_CHECKING:
    from neon_restore import Neon


def test_a_restore_is_undone_from_its_result(neon: Neon, world: World) -> None:
    """The branch holds again what it held, and the state from between is kept."""
    before = world.last_sql("production")
    restored = neon.restore("production", at=GOOD)
    assert world.last_sql("production") != before
    undone = neon.rollback(restored)
    assert world.last_sql("production") == before
    assert undone.destination.id == PRODUCTION
    assert undone.intent.source is not None
    assert undone.intent.source.name == BACKUP
    assert undone.point is None
    assert undone.backup is not None
    assert world.last_sql(undone.backup.name).startswith("INSERT INTO orders")


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_restore_is_undone_from_its_backup_alone(by: str, neon: Neon, world: World) -> None:
    """In a later process the backup's name, or its id, says all that is needed."""
    before = world.last_sql("production")
    neon.restore("production", at=GOOD)
    backup = world.sandbox.branch(BACKUP)
    world.connect().rollback(backup.name if by == "name" else backup.id)
    assert world.last_sql("production") == before


def test_a_backup_of_another_name_needs_the_branch(neon: Neon, world: World) -> None:
    """A name that does not say whose backup it is, is refused until the branch is named."""
    before = world.last_sql("production")
    neon.restore("production", at=GOOD, backup_name="kept")
    with pytest.raises(Refused, match="'kept' does not say which branch it is a backup of") as no:
        neon.rollback("kept")
    assert "branch=" in no.value.advice
    neon.rollback("kept", branch="production")
    assert world.last_sql("production") == before


def test_a_rollback_is_a_restore_from_the_backups_head(neon: Neon, world: World) -> None:
    """One restore is sent, without a point, under the name that was asked for."""
    restored = neon.restore("production", at=GOOD)
    assert restored.backup is not None
    world.sent.clear()
    neon.rollback(restored, backup_name="again")
    (sent,) = [json.loads(r.content) for r in world.sent if r.method == "POST"]
    assert sent == {"source_branch_id": restored.backup.id, "preserve_under_name": "again"}


def test_children_stay_on_the_first_backup(neon: Neon, world: World) -> None:
    """Rolling back does not bring the children home, and the result says what stays."""
    neon.rollback(neon.restore("production", at=GOOD))
    backup = world.sandbox.branch(BACKUP)
    assert world.sandbox.branch("development").parent_id == backup.id


def test_a_rollback_can_be_undone(neon: Neon, world: World) -> None:
    """A rollback keeps a backup like any restore."""
    restored = neon.restore("production", at=GOOD)
    rewound = world.last_sql("production")
    neon.rollback(neon.rollback(restored))
    assert world.last_sql("production") == rewound


def test_the_newest_backup_is_told_by_the_last_time_in_its_name(neon: Neon, world: World) -> None:
    """A backup of a backup names the backup that it was made of."""
    world.create_branch(f"{BACKUP}_old_2026-11-20T15:00:00.000000Z")
    world.create_branch(BACKUP)
    undone = neon.rollback(f"{BACKUP}_old_2026-11-20T15:00:00.000000Z")
    assert undone.destination.name == BACKUP


def test_a_restore_that_kept_nothing_cannot_be_undone(neon: Neon, world: World) -> None:
    """Without a backup there is nothing to go back to, and nothing is asked."""
    restored = neon.restore("development", source="production", discard_previous_state=True)
    world.sent.clear()
    with pytest.raises(Refused, match="kept no backup, so it cannot be undone"):
        neon.rollback(restored)
    assert world.sent == []


def test_a_result_and_a_branch_are_not_given_together(neon: Neon) -> None:
    """The result says which branch it restored."""
    restored = neon.restore("production", at=GOOD)
    with pytest.raises(Refused, match="A restore was given together with a branch"):
        neon.rollback(restored, branch="production")


def test_a_result_is_undone_where_it_was_made(neon: Neon, world: World) -> None:
    """A restore on a sandbox is not rolled back on Neon."""
    restored = neon.restore("production", at=GOOD)
    world.sent.clear()
    with pytest.raises(Refused, match=WHERE):
        world.connect(api_host="https://console.neon.tech/api/v2").rollback(restored)
    assert world.sent == []


def test_a_branch_is_not_rolled_back_to_itself(neon: Neon, world: World) -> None:
    """A branch's own head is where it is already."""
    with pytest.raises(InvalidPoint, match="own history"):
        neon.rollback("production", branch="production")
    assert world.changes == []


def test_a_reset_child_is_rolled_back(neon: Neon, world: World) -> None:
    """A rollback has no point in time, so that a child branch can be its destination."""
    before = world.last_sql("development")
    restored = neon.restore("development", source="production")
    with pytest.raises(NotARootBranch):
        neon.restore("development", source="production", at=GOOD)
    neon.rollback(restored)
    assert world.last_sql("development") == before


def test_a_rollback_is_planned_like_a_restore(neon: Neon, world: World) -> None:
    """The plan says what would be replaced and what would stay for good; restore carries it out."""
    before = world.last_sql("production")
    restored = neon.restore("production", at=GOOD)
    plan = neon.plan_rollback(restored)
    assert plan == neon.plan_rollback(BACKUP) == neon.plan_rollback(BACKUP, branch="production")
    assert plan.source.name == BACKUP
    assert "it is the original root" in plan.stays_behind[0]
    assert len(world.changes) == 1
    assert neon.restore(plan).intent.source == plan.source
    assert world.last_sql("production") == before


def test_a_rollback_can_be_waited_for_later(neon: Neon, world: World) -> None:
    """begin_rollback returns before the rollback has finished."""
    restored = neon.restore("production", at=GOOD)
    pending = neon.begin_rollback(restored)
    assert world.sandbox.model.idle_at() is not None
    assert neon.wait(pending).backup is not None
