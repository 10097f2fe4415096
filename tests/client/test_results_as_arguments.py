"""What a method returns, another takes: branches, backups, plans, pending and finished restores."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from neon_restore import (
    Branch,
    BranchProtected,
    Neon,
    Refused,
    Restored,
    SnapshotPreview,
    UnknownName,
    WrongType,
)
from neon_sandbox.model import EndpointOptions
from neon_sandbox.model.branches import update
from tests.client.harness import BACKUP, BEFORE_DELETE, DEVELOPMENT, PRODUCTION, Harness


@pytest.fixture
def restored(neon: Neon, harness: Harness) -> Restored:
    """Return a finished restore of production."""
    restored = neon.restore("production", at=BEFORE_DELETE)
    harness.sent.clear()
    return restored


def found(neon: Neon, name: str) -> Branch:
    """Return a branch as the client lists it."""
    return next(branch for branch in neon.branches() if branch.name == name)


@pytest.mark.parametrize("form", ["str", "id", "Branch", "BackupBranch", "Restored", "Pending"])
def test_a_rollback_takes_any_form_of_the_backup(form: str, neon: Neon, restored: Restored) -> None:
    assert restored.backup is not None
    forms: dict[str, Any] = {
        "str": BACKUP,
        "id": restored.backup.id,
        "Branch": restored.backup,
        "BackupBranch": neon.backups()[0],
        "Restored": restored,
        "Pending": restored.intent,
    }
    plan = neon.plan_rollback(forms[form])
    assert (plan.destination.id, plan.source.id) == (PRODUCTION, restored.backup.id)
    pending = neon.begin_rollback(forms[form])
    assert pending.source == plan.source
    neon.wait(pending)
    assert neon.rollback(forms[form], backup_name="again").destination.id == PRODUCTION


def test_a_rollback_of_a_restore_that_kept_nothing_is_refused(neon: Neon, harness: Harness) -> None:
    pending = neon.begin_restore("development", source="production", discard_previous_state=True)
    harness.run_until_idle()
    harness.sent.clear()
    for undo in (pending, neon.wait(pending)):
        with pytest.raises(Refused, match="restore of development kept no backup"):
            neon.rollback(undo)
    assert harness.writes_sent == []


def test_a_rollback_of_a_pending_restore_takes_no_branch(neon: Neon, restored: Restored) -> None:
    with pytest.raises(Refused, match="given together with a branch"):
        neon.rollback(restored.intent, branch="production")


def test_a_rollback_protects_what_a_pending_restore_left_unprotected(
    neon: Neon, harness: Harness
) -> None:
    """`wait` would have protected it; the rollback does so in its place."""
    harness.protect("production")
    pending = neon.begin_restore("production", at=BEFORE_DELETE, unprotect=True)
    assert not harness.sandbox.branch("production").protected
    harness.run_until_idle()
    plan = neon.plan_rollback(pending)
    assert plan.unprotect
    assert neon.restore(plan).destination.protected
    update(harness.sandbox.model, PRODUCTION, protected=False)
    assert neon.rollback(pending).destination.protected
    assert harness.sandbox.branch("production").protected
    with pytest.raises(BranchProtected):
        neon.rollback(pending)


@pytest.mark.parametrize("form", ["Branch", "BackupBranch", "str"])
def test_any_form_names_a_branch(form: str, neon: Neon, restored: Restored) -> None:
    """The id counts: a branch that was renamed since is still the one."""
    assert restored.backup is not None
    backup: Any = {
        "Branch": restored.backup,
        "BackupBranch": neon.backups()[0],
        "str": restored.backup.id,
    }[form]
    development = found(neon, "development")
    assert neon.plan_restore(development, source=backup).source.name == BACKUP
    diff = neon.schema_diff(found(neon, "production"), source=backup, database="shop")
    assert isinstance(diff, str)
    assert neon.restore(development, source=backup).destination.id == DEVELOPMENT
    assert neon.begin_restore(backup, source="production", backup_name="b").backup_name == "b"


def test_every_method_takes_a_branch(neon: Neon, harness: Harness) -> None:
    harness.create_branch("later", endpoints=[("read_write", EndpointOptions())])
    production, development = found(neon, "production"), found(neon, "development")
    neon.restore(production, at=BEFORE_DELETE)
    backup = neon.backups(production)[0]
    assert neon.backups(backup) == ()
    assert neon.delete_backups(production, older_than=timedelta(days=1)).kept == (backup,)
    uri = neon.connection_string(production, database="shop")
    assert uri == neon.connection_string("production", database="shop")
    assert neon.history_window(development) == neon.history_window("development")
    snapshot = neon.create_snapshot(production)
    assert neon.snapshots(production) == (snapshot,)
    schedule = neon.set_snapshot_schedule(production, [])
    assert schedule == neon.snapshot_schedule(production) == ()
    preview = neon.preview_snapshot(snapshot, production)
    assert isinstance(preview, SnapshotPreview)
    assert neon.finalize_restore(preview.branch).replaced.id == production.id
    # A replaced branch is taken by id only, and a `Branch` is its id.
    again = neon.restore_snapshot(snapshot, production)
    assert again.replaced.id == production.id
    assert neon.delete_snapshot(snapshot).id == snapshot.id


def test_a_branch_that_is_gone_is_not_found_by_its_name(neon: Neon) -> None:
    gone = Branch(id="br-gone-1", name="production", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(UnknownName, match="no branch 'br-gone-1'"):
        neon.restore(gone, at=BEFORE_DELETE)


def test_waiting_for_a_finished_restore_returns_it(
    neon: Neon, restored: Restored, harness: Harness
) -> None:
    """It has finished, so nothing is sent; `resume` looks again."""
    assert neon.wait(restored) is restored
    assert harness.sent == []
    again = neon.resume(restored)
    assert (again.destination, again.backup) == (restored.destination, restored.backup)
    assert harness.writes_sent == []
    harness.restore_elsewhere()
    with pytest.raises(Refused):
        neon.resume(restored, backup_name="b")


@pytest.mark.parametrize("form", ["str", "Branch", "RestorePlan", "PendingRestore", "Restored"])
def test_any_form_resumes(form: str, neon: Neon, harness: Harness) -> None:
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    pending = neon.begin_restore(plan)
    forms: dict[str, Any] = {
        "str": "production",
        "Branch": plan.destination,
        "RestorePlan": plan,
        "PendingRestore": pending,
    }
    begun = forms[form] if form != "Restored" else neon.wait(pending)
    resumed = neon.resume(begun)
    assert resumed.backup is not None
    assert resumed.backup.name == plan.backup_name


def test_results_of_another_project_are_refused(neon: Neon, harness: Harness) -> None:
    """Their ids may mean something else here."""
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    restored = neon.wait(pending)
    other = harness.connect(project_id="another-1")
    harness.sent.clear()
    calls: list[Any] = [other.wait, other.resume, other.rollback, other.plan_rollback]
    for call in calls:
        for made in (pending, restored):
            with pytest.raises(Refused, match="project another-1"):
                call(made)
    assert harness.sent == []


def test_what_belongs_elsewhere_is_sent_there(
    neon: Neon, restored: Restored, harness: Harness
) -> None:
    """The error names the method that takes it."""
    any_neon: Any = neon
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    snapshot = neon.create_snapshot("production")
    preview = neon.preview_snapshot(snapshot, "production")
    backup = neon.backups()[0]
    harness.sent.clear()
    wrong: list[tuple[Any, Any, str]] = [
        (any_neon.restore, restored, "rollback"),
        (any_neon.restore, restored.intent, "wait"),
        (any_neon.restore, snapshot, "restore_snapshot"),
        (any_neon.restore, preview, "finalize_restore"),
        (any_neon.plan_restore, plan, "restore"),
        (any_neon.rollback, plan, "resume"),
        (any_neon.wait, plan, "resume"),
        (any_neon.wait, "production", "resume"),
        (any_neon.wait, restored.destination, "resume"),
        (any_neon.resume, backup, "backup_name"),
        (any_neon.backups, snapshot, "restore_snapshot"),
        (any_neon.delete_snapshot, backup, "snapshot"),
    ]
    for method, given, names in wrong:
        with pytest.raises(WrongType) as refused:
            method(given)
        assert names in refused.value.advice
    assert harness.sent == []
