"""Restores that are carried out: the branch, its backup branch, its children."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from neon_restore import Lsn, PendingRestore
from tests.client.harness import BACKUP, BEFORE_DELETE, DEVELOPMENT, PRODUCTION, TARGET, Harness

if TYPE_CHECKING:
    from typing import Any

    import httpx

    from neon_restore import Neon

GOOD_TIME = datetime(2026, 11, 20, 14, 31, tzinfo=UTC)
LAST_GOOD_COMMIT = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)


def body(harness: Harness) -> dict[str, Any]:
    """Return the body of the only restore request."""
    (restore,) = [request for request in harness.sent if request.method == "POST"]
    found: dict[str, Any] = json.loads(restore.content)
    return found


@pytest.mark.parametrize(
    "at",
    [
        BEFORE_DELETE,
        GOOD_TIME,
        "2026-11-20T15:31:00+01:00",
        timedelta(minutes=9),
    ],
)
def test_a_branch_goes_back_to_a_time(at: Any, neon: Neon, harness: Harness) -> None:
    """A time in any format, or a `timedelta`, restores a branch from its own history."""
    restored = neon.restore("production", at=at)
    assert body(harness) == {
        "source_branch_id": PRODUCTION,
        "source_timestamp": BEFORE_DELETE,
        "preserve_under_name": BACKUP,
    }
    assert restored.point == GOOD_TIME
    assert restored.resolved_at == LAST_GOOD_COMMIT
    assert harness.last_sql("production").startswith("INSERT INTO orders")


def test_a_branch_goes_back_to_an_lsn(neon: Neon, harness: Harness) -> None:
    """The resolved LSN of one restore takes the branch to the same commit again."""
    lsn = neon.restore("production", at=BEFORE_DELETE).resolved_lsn
    assert isinstance(lsn, Lsn)
    harness.sent.clear()
    again = neon.restore("production", lsn=lsn)
    assert body(harness)["source_lsn"] == str(lsn)
    assert "source_timestamp" not in body(harness)
    assert (again.point, again.resolved_lsn) == (lsn, lsn)


def test_a_time_to_the_microsecond_is_sent_to_the_microsecond(neon: Neon, harness: Harness) -> None:
    neon.restore("production", at="2026-11-20T14:30:59.999999Z")
    assert body(harness)["source_timestamp"] == "2026-11-20T14:30:59.999999Z"


def test_a_branch_takes_the_head_of_another(neon: Neon, harness: Harness) -> None:
    """Without a point, the source's head is restored; the destination may be a child branch."""
    restored = neon.restore("development", source="production")
    assert body(harness) == {
        "source_branch_id": PRODUCTION,
        "preserve_under_name": "development_old_2026-11-20T14:40:00.000000Z",
    }
    assert restored.point is None
    assert harness.last_sql("development") == harness.last_sql("production")


def test_a_branch_takes_a_point_of_another(neon: Neon, harness: Harness) -> None:
    """Between root branches, a point in the source's history can be restored."""
    neon.restore("production", at=BEFORE_DELETE, backup_name="before")
    harness.sent.clear()
    restored = neon.restore("production", source="before", at="2026-11-20T14:32:00Z")
    assert body(harness)["source_branch_id"] == harness.sandbox.branch("before").id
    assert harness.last_sql("production") == "DELETE FROM orders"
    assert not restored.intent.from_own_history


def test_a_branch_is_named_by_name_or_id(neon: Neon, harness: Harness) -> None:
    """This holds for source and destination."""
    restored = neon.restore(DEVELOPMENT, source=PRODUCTION)
    assert restored.destination.name == "development"
    assert restored.intent.source is not None
    assert restored.intent.source.name == "production"


def test_an_id_comes_before_a_name(neon: Neon, harness: Harness) -> None:
    """A branch with another branch's id as its name is not mistaken for that branch."""
    harness.create_branch(PRODUCTION, schema_only=True)
    restored = neon.restore(PRODUCTION, at=BEFORE_DELETE)
    assert restored.destination.name == "production"


def test_the_result_says_what_happened(neon: Neon, harness: Harness) -> None:
    """It has destination, backup branch, operations, duration, children and what stays behind."""
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert restored.where == TARGET
    assert restored.destination.id == PRODUCTION
    assert restored.destination.last_reset_at is not None
    assert restored.backup is not None
    assert restored.backup.name == BACKUP
    assert restored.backup.is_root
    assert [operation.action for operation in restored.operations] == [
        "suspend_compute",
        "create_branch",
        "start_compute",
    ]
    assert restored.duration == timedelta(seconds=5.7)
    assert [child.name for child in restored.moved_children] == ["development"]
    assert len(restored.stays_behind) == 2


def test_the_previous_state_is_always_kept(neon: Neon, harness: Harness) -> None:
    """The backup branch holds the previous state, and the children moved to it."""
    neon.restore("production", at=BEFORE_DELETE)
    assert "INSERT INTO events" in harness.last_sql(BACKUP)
    assert harness.sandbox.branch("development").parent_id == harness.sandbox.branch(BACKUP).id


def test_a_child_that_came_between_is_told_too(neon: Neon, harness: Harness) -> None:
    """The client reads the moved children after the restore, not when it checks the restore."""

    def meanwhile(request: httpx.Request) -> None:
        harness.create_branch("feature")

    harness.respond_once("POST", "/restore", meanwhile)
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert {child.name for child in restored.moved_children} == {"development", "feature"}
    assert any(text.startswith("feature: ") for text in restored.stays_behind)


def test_a_backup_is_named_as_the_caller_says(neon: Neon, harness: Harness) -> None:
    """A given name is used, up to the length that Neon accepts."""
    for name in ("before the fix / №1", "x" * 256, "y"):
        restored = neon.restore("production", at=timedelta(seconds=1), backup_name=name)
        assert restored.backup is not None
        assert restored.backup.name == name


def test_keeping_nothing_has_to_be_asked_for_in_so_many_words(neon: Neon, harness: Harness) -> None:
    """Only `discard_previous_state` omits the backup branch, and the result says so."""
    restored = neon.restore("development", source="production", discard_previous_state=True)
    assert "preserve_under_name" not in body(harness)
    assert restored.backup is None
    assert restored.moved_children == ()
    assert "none was kept" in str(restored)
    assert harness.names() == {"production", "development"}


def test_two_restores_in_one_microsecond_do_not_share_a_name(neon: Neon, harness: Harness) -> None:
    """If a generated name is taken, its timestamp moves on by a microsecond."""
    harness.create_branch("production_old_2026-11-20T14:40:00.500000Z")
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert restored.backup is not None
    assert restored.backup.name == "production_old_2026-11-20T14:40:00.500001Z"


def test_the_name_of_a_backup_has_this_machines_microseconds(
    neon: Neon, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neon's `Date` has whole seconds; names from two machines in one second still differ."""
    laptop = datetime(2031, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
    monkeypatch.setattr("neon_restore._clock.now", lambda: laptop)
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert restored.backup is not None
    assert restored.backup.name == "production_old_2026-11-20T14:40:00.123456Z"


def test_no_request_is_sent_that_is_not_needed(neon: Neon, harness: Harness) -> None:
    """A restore lists, reads the history window for a time, sends, polls, and lists again."""
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    sent = ["GET /branches", "GET ", f"POST /branches/{PRODUCTION}/restore"]
    assert harness.requests_sent == sent
    harness.run_until_idle()
    neon.wait(pending)
    assert harness.requests_sent[3:] == [
        *[f"GET /operations/{o.id}" for o in pending.operations],
        "GET /branches",
    ]
    harness.sent.clear()
    neon.begin_restore("development", source="production")
    assert harness.requests_sent == ["GET /branches", f"POST /branches/{DEVELOPMENT}/restore"]


def test_a_pending_restore_says_what_is_under_way(neon: Neon) -> None:
    """The result of `begin_restore` has the fields of the plan, and Neon's operations."""
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    assert isinstance(pending, PendingRestore)
    assert (pending.destination.name, pending.backup_name) == ("production", BACKUP)
    assert str(pending).splitlines() == [
        f"Restore under way on {TARGET}, project sandbox-shop-00000000",
        f"  Branch      production ({PRODUCTION})",
        "  From        its own history, at 2026-11-20T14:31:00Z",
        f"  Backup      {BACKUP}",
        "  Operations  suspend_compute, create_branch, start_compute",
    ]


def test_a_result_opens_with_where(neon: Neon) -> None:
    """A printed result starts with the target, and shows the resolved point."""
    lines = str(neon.restore("production", at=BEFORE_DELETE)).splitlines()
    assert lines[0] == f"Restored on {TARGET}, project sandbox-shop-00000000"
    assert "(last commit 2026-11-20T14:30:00Z)" in " ".join(line.strip() for line in lines)
    assert "  Took          5.7 seconds, 3 operations" in lines


def test_a_root_restored_from_another_leaves_a_backup_for_good(neon: Neon) -> None:
    """The result says what Neon does not delete: the backup is then the original root branch."""
    first = neon.restore("production", at=BEFORE_DELETE, backup_name="before")
    assert "no branch that has children" in first.stays_behind[-1]
    second = neon.restore("production", source="before")
    assert "it is the original root" in second.stays_behind[0]
    third = neon.restore("production", at=timedelta(seconds=1))
    assert third.stays_behind == ()


def test_a_reset_child_hangs_on_its_backup(neon: Neon) -> None:
    """The backup branch becomes its parent and cannot be deleted; no child moves."""
    restored = neon.restore("development", source="production")
    assert restored.moved_children == ()
    assert restored.stays_behind == (
        "development_old_2026-11-20T14:40:00.000000Z: the parent of development from now on. "
        "Neon deletes no branch that has children.",
    )


def test_a_resolved_point_that_neon_does_not_tell_is_none(neon: Neon, harness: Harness) -> None:
    """Neon may omit the resolved point, or return an invalid LSN."""
    restored = neon.restore("production", at=BEFORE_DELETE)
    harness.sandbox.model.branches[PRODUCTION].parent_position = None
    again = neon.wait(restored.intent)
    assert (again.resolved_at, again.resolved_lsn) == (None, None)
    assert "last commit" not in str(again)
