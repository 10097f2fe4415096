"""Restores that are carried out: the branch, its backup branch, its children."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from neon_restore import Lsn, Neon, NeonError, NotARootBranch, PendingRestore
from tests.client.harness import BACKUP, BEFORE_DELETE, DEVELOPMENT, PRODUCTION, TARGET, Harness

GOOD_TIME = datetime(2026, 11, 20, 14, 31, tzinfo=UTC)


def body(harness: Harness) -> Any:
    """Return the body of the only restore request."""
    (found,) = harness.bodies_sent()
    return found


@pytest.mark.parametrize(
    "at", [BEFORE_DELETE, GOOD_TIME, "2026-11-20T15:31:00+01:00", timedelta(minutes=9)]
)
def test_a_branch_goes_back_to_a_time(at: Any, neon: Neon, harness: Harness) -> None:
    restored = neon.restore("production", at=at)
    assert body(harness) == {
        "source_branch_id": PRODUCTION,
        "source_timestamp": BEFORE_DELETE,
        "preserve_under_name": BACKUP,
    }
    assert restored.point == GOOD_TIME
    assert restored.resolved_at == datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
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
    """A child of that branch stays one, and no child moves."""
    restored = neon.restore("development", source="production")
    assert body(harness) == {
        "source_branch_id": PRODUCTION,
        "preserve_under_name": "development_old_2026-11-20T14:40:00.000000Z",
    }
    assert restored.point is None
    assert harness.last_sql("development") == harness.last_sql("production")
    assert restored.moved_children == ()
    assert restored.stays_behind == ()


@pytest.mark.parametrize("point", [{}, {"at": timedelta(minutes=1), "allow_child_branch": True}])
def test_a_child_becomes_a_child_of_its_source(
    point: dict[str, Any], neon: Neon, harness: Harness
) -> None:
    """Advice and result say so, since the source cannot be deleted from then on."""
    harness.sandbox.model.child_restores = True
    harness.create_branch("other", schema_only=True)
    harness.advance(minutes=2)
    with pytest.raises(NotARootBranch) as refused:
        neon.plan_restore("development", source="other", at=timedelta(minutes=1))
    assert "another branch, which becomes its parent" in refused.value.advice
    restored = neon.restore("development", source="other", **point)
    assert restored.destination.parent_id == harness.sandbox.branch("other").id
    assert restored.stays_behind == (
        "other: the parent of development from now on. Neon deletes no branch that has children.",
    )


def test_a_child_is_restored_to_a_point_if_that_is_allowed(neon: Neon, harness: Harness) -> None:
    """The plan warns; Neon decides, and the backup branch becomes the parent."""
    with pytest.raises(NeonError, match="root branches only"):
        neon.restore("development", at=timedelta(minutes=1), allow_child_branch=True)
    harness.sandbox.model.child_restores = True
    plan = neon.plan_restore("development", at=timedelta(minutes=1), allow_child_branch=True)
    assert any("development is a child branch" in warning for warning in plan.warnings)
    restored = neon.restore(plan)
    assert restored.backup is not None
    assert restored.destination.parent_id == restored.backup.id
    assert restored.stays_behind[0].startswith(f"{restored.backup.name}: the parent of")


def test_what_stays_behind_is_told_once(neon: Neon, harness: Harness) -> None:
    """The backup of a child with children is the parent of both."""
    harness.sandbox.model.child_restores = True
    harness.create_branch("leaf", parent_id=DEVELOPMENT)
    restored = neon.restore(
        "development", at=timedelta(minutes=1), backup_name="kept", allow_child_branch=True
    )
    assert [text.partition(":")[0] for text in restored.stays_behind] == ["leaf", "kept"]
    assert restored.stays_behind[1].startswith("kept: the parent of development")
    assert [harness.sandbox.branch(name).parent_id for name in ("leaf", "development")] == [
        restored.backup and restored.backup.id
    ] * 2


def test_a_branch_takes_a_point_of_another(neon: Neon, harness: Harness) -> None:
    neon.restore("production", at=BEFORE_DELETE, backup_name="before")
    harness.sent.clear()
    restored = neon.restore("production", source="before", at="2026-11-20T14:32:00Z")
    assert body(harness)["source_branch_id"] == harness.sandbox.branch("before").id
    assert harness.last_sql("production") == "DELETE FROM orders"
    assert not restored.intent.from_own_history


@pytest.mark.parametrize("others", [(), (PRODUCTION, DEVELOPMENT)])
def test_an_id_comes_before_a_name(others: tuple[str, ...], neon: Neon, harness: Harness) -> None:
    """A branch with another branch's id as its name is not mistaken for that branch."""
    for name in others:
        harness.create_branch(name, schema_only=True)
    restored = neon.restore(DEVELOPMENT, source=PRODUCTION)
    assert restored.destination.name == "development"
    assert restored.intent.source is not None
    assert restored.intent.source.name == "production"


def test_the_result_says_what_happened(neon: Neon, harness: Harness) -> None:
    """Neon's work is over; the backup branch has the previous state and the children."""
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert restored.where == TARGET
    assert restored.destination.id == PRODUCTION
    assert restored.destination.current_state == "ready"
    assert restored.destination.last_reset_at is not None
    assert restored.backup is not None
    assert (restored.backup.name, restored.backup.is_root) == (BACKUP, True)
    assert [(operation.action, operation.status) for operation in restored.operations] == [
        ("suspend_compute", "finished"),
        ("create_branch", "finished"),
        ("start_compute", "finished"),
    ]
    assert harness.sandbox.model.idle_at() is None
    assert restored.duration == timedelta(seconds=5.7)
    assert [child.name for child in restored.moved_children] == ["development"]
    assert len(restored.stays_behind) == 2
    assert "INSERT INTO events" in harness.last_sql(restored.backup.name)
    assert harness.sandbox.branch("development").parent_id == restored.backup.id
    lines = str(restored).splitlines()
    assert lines[0] == f"Restored on {TARGET}, project sandbox-shop-00000000"
    assert "(last commit 2026-11-20T14:30:00Z)" in " ".join(line.strip() for line in lines)
    assert "  Took          5.7 seconds, 3 operations" in lines


def test_a_child_that_came_between_is_told_too(neon: Neon, harness: Harness) -> None:
    """The client reads the moved children after the restore, not when it checks the restore."""

    def meanwhile(request: httpx.Request) -> None:
        harness.create_branch("feature")

    harness.respond_once("POST", "/restore", meanwhile)
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert {child.name for child in restored.moved_children} == {"development", "feature"}
    assert any(text.startswith("feature: ") for text in restored.stays_behind)


def test_a_backup_is_named_as_the_caller_says(neon: Neon, harness: Harness) -> None:
    """Neon accepts 256 characters."""
    for name in ("before the fix / №1", "x" * 256, "y"):
        restored = neon.restore("production", at=timedelta(seconds=1), backup_name=name)
        assert restored.backup is not None
        assert restored.backup.name == name


def test_keeping_nothing_has_to_be_asked_for_in_so_many_words(neon: Neon, harness: Harness) -> None:
    restored = neon.restore("development", source="production", discard_previous_state=True)
    assert "preserve_under_name" not in body(harness)
    assert restored.backup is None
    assert restored.moved_children == ()
    assert "none was kept" in str(restored)
    assert harness.names() == {"production", "development"}


@pytest.mark.parametrize(("taken", "free"), [("555555", "123456"), ("123456", "123457")])
def test_the_name_of_a_backup_has_this_machines_microseconds(
    taken: str, free: str, neon: Neon, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neon's `Date` has whole seconds. A name that is taken moves on by a microsecond."""
    laptop = datetime(2031, 5, 6, microsecond=123456, tzinfo=UTC)
    monkeypatch.setattr("neon_restore._clock.now", lambda: laptop)
    harness.create_branch(f"production_old_2026-11-20T14:40:00.{taken}Z")
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert restored.backup is not None
    assert restored.backup.name == f"production_old_2026-11-20T14:40:00.{free}Z"


def test_no_request_is_sent_that_is_not_needed(neon: Neon, harness: Harness) -> None:
    """A restore reads the history window for a time, lists, sends, polls, and lists again."""
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    harness.run_until_idle()
    sent = ["GET ", "GET /branches", f"POST /branches/{PRODUCTION}/restore"]
    assert harness.requests_sent == sent
    neon.wait(pending)
    polls = [f"GET /operations/{operation.id}" for operation in pending.operations]
    assert harness.requests_sent == [*sent, *polls, "GET /branches", "GET /operations"]
    harness.sent.clear()
    neon.begin_restore("development", source="production")
    assert harness.requests_sent == ["GET /branches", f"POST /branches/{DEVELOPMENT}/restore"]


def test_a_pending_restore_says_what_is_under_way(neon: Neon) -> None:
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


def test_a_root_restored_from_another_leaves_a_backup_for_good(neon: Neon) -> None:
    """The result says what Neon does not delete: the backup is then the original root branch."""
    first = neon.restore("production", at=BEFORE_DELETE, backup_name="before")
    assert "no branch that has children" in first.stays_behind[-1]
    second = neon.restore("production", source="before")
    assert "it is the original root" in second.stays_behind[0]
    third = neon.restore("production", at=timedelta(seconds=1))
    assert third.stays_behind == ()


def test_a_resolved_point_that_neon_does_not_tell_is_none(neon: Neon, harness: Harness) -> None:
    """Neon may omit the resolved point, or return an invalid LSN."""
    restored = neon.restore("production", at=BEFORE_DELETE)
    harness.sandbox.model.branches[PRODUCTION].parent_position = None
    again = neon.wait(restored.intent)
    assert (again.resolved_at, again.resolved_lsn) == (None, None)
    assert "last commit" not in str(again)
