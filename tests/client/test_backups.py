"""Backup branches: listed by the time in their names, deleted by age."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from neon_restore import Locked, Neon, NeonError, NoAnswer, OutcomeUnknown, Refused, _clock
from tests.client.harness import (
    BACKUP,
    BEFORE_DELETE,
    DEVELOPMENT,
    PRODUCTION,
    TARGET,
    Harness,
    error_response,
    read_timeout,
    responds,
)

OLD, OLD_TIME = "shop_old_2026-11-13T09:00:00Z", datetime(2026, 11, 13, 9, tzinfo=UTC)
OLDER = "shop_old_2026-10-01T00:00:00.123456Z"
SECOND, WEEK = timedelta(seconds=1), timedelta(days=7)


def create_backup(harness: Harness, name: str) -> None:
    """Create a branch at the time in its name, if that is readable."""
    harness.create_branch(name, parent_id=DEVELOPMENT)
    with suppress(ValueError):
        harness.sandbox.branch(name).created_at = datetime.fromisoformat(name.split("_old_")[1])


def test_backups_are_listed_oldest_first(neon: Neon, harness: Harness) -> None:
    """Each has its branch, its time and its children, and is printed as one line."""
    neon.restore("production", at=BEFORE_DELETE)
    for name in (OLD, OLDER, "shop_old_1"):
        create_backup(harness, name)
    backups = neon.backups()
    assert [backup.name for backup in backups] == [OLDER, OLD, BACKUP, "shop_old_1"]
    newest, unknown = backups[-2:]
    assert newest.id == harness.sandbox.branch(BACKUP).id
    assert newest.of == "production"
    assert newest.created_at == datetime(2026, 11, 20, 14, 40, tzinfo=UTC)
    assert newest.children == ("development",)
    assert newest.logical_size is None
    assert str(newest) == (
        f"{BACKUP} (br-shop-sandbox-00000003), taken 2026-11-20T14:40:00Z from production, "
        "children: development"
    )
    assert "from shop" in str(unknown)


def test_backups_are_found_by_the_branchs_name_or_id(neon: Neon, harness: Harness) -> None:
    """Those of other branches are left out; the name of a deleted branch still finds its own."""
    neon.restore("production", at=BEFORE_DELETE)
    harness.create_branch(OLD)
    assert [b.name for b in neon.backups("production")] == [BACKUP]
    assert [b.name for b in neon.backups(PRODUCTION)] == [BACKUP]
    assert [b.name for b in neon.backups("shop")] == [OLD]
    assert neon.backups("development") == ()


@pytest.mark.parametrize(
    ("name", "of"),
    [
        (OLD, "shop"),
        ("a_old_b_old_2026-11-13T10:00:00+01:00", "a_old_b"),
        ("line\nbreak_old_2026-11-13T09:00:00Z", "line\nbreak"),
        ("shop_old_2026-99-99T09:00:00Z", "shop"),
        ("shop_old_1763024400", "shop"),
    ],
)
def test_a_backup_is_told_by_its_name(name: str, of: str, neon: Neon, harness: Harness) -> None:
    """A name in the format of Neon or this library marks a backup; its time may be unreadable."""
    harness.create_branch(name)
    (backup,) = neon.backups()
    assert backup.of == of


@pytest.mark.parametrize("name", ["old", "_old_2026", "shop_old_", "shop_old_one", "shop-old-2026"])
def test_other_names_are_no_backups(name: str, neon: Neon, harness: Harness) -> None:
    """A branch with a similar name is never deleted either."""
    harness.create_branch(name)
    assert neon.backups() == ()
    harness.advance(days=400)
    assert neon.delete_backups(older_than=timedelta(0)).deleted == ()
    assert name in harness.names()


def test_backups_older_than_an_age_are_deleted(neon: Neon, harness: Harness) -> None:
    """Younger ones, and those with an unreadable time, are kept; the result lists both."""
    young = "shop_old_2026-11-19T00:00:00Z"
    for name in (OLD, OLDER, young, "shop_old_1"):
        create_backup(harness, name)
    deleted = neon.delete_backups(older_than=WEEK)
    assert [backup.name for backup in deleted.deleted] == [OLDER, OLD]
    assert [backup.name for backup in deleted.kept] == [young, "shop_old_1"]
    assert deleted.refused == ()
    assert harness.names() == {"production", "development", young, "shop_old_1"}
    assert harness.sandbox.model.idle_at() is None


@pytest.mark.parametrize("created", [OLD_TIME, None])
@pytest.mark.parametrize("name", [OLD, "shop_old_2026-11-20T14:00:00Z"])
def test_a_backup_is_old_by_its_creation_and_by_its_name(
    name: str, created: datetime | None, neon: Neon, harness: Harness
) -> None:
    """The Console names a backup after the restore point, which may lie a week back."""
    harness.create_branch(name)
    branch = harness.sandbox.branch(name)
    branch.created_at = created or branch.created_at
    deleted = neon.delete_backups(older_than=timedelta(days=1)).deleted
    assert bool(deleted) is (name == OLD and created == OLD_TIME)


def test_refused_deletions_are_reported_with_reasons(neon: Neon, harness: Harness) -> None:
    """After a rejected deletion, the others are still tried."""
    neon.restore("production", at=BEFORE_DELETE)
    neon.rollback(BACKUP)
    neon.restore("production", at=timedelta(seconds=1))
    protected = "production_old_2026-11-13T09:00:00Z"
    create_backup(harness, protected)
    harness.protect(protected)
    deleted = neon.delete_backups("production", older_than=timedelta(0))
    assert [(refused.backup.name, refused.reason) for refused in deleted.refused][:2] == [
        (protected, "cannot delete protected branch"),
        (BACKUP, "cannot delete branch that has children: br-shop-development-00000002"),
    ]
    assert deleted.refused[2].reason == "cannot delete the root branch"
    assert len(deleted.refused) == 3
    assert len(deleted.deleted) == 1
    lines = str(deleted).splitlines()
    assert lines[0] == f"Backup branches on {TARGET}"
    assert lines[1].startswith("  Deleted  production_old_")
    assert lines[2] == f"  Refused  {protected}: cannot delete protected branch"
    assert lines[3].startswith(f"           {BACKUP}: cannot delete branch that")


def test_only_the_backups_of_the_named_branch_are_deleted(neon: Neon, harness: Harness) -> None:
    """Backups of other branches are neither deleted nor reported."""
    other = "other_old_2026-10-01T00:00:00Z"
    for name in (OLD, other):
        create_backup(harness, name)
    deleted = neon.delete_backups("shop", older_than=WEEK)
    assert (len(deleted.deleted), deleted.kept) == (1, ())
    assert other in harness.names()


def test_the_age_goes_by_the_servers_clock(
    neon: Neon, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A laptop with its clock a year ahead deletes no young backup."""
    create_backup(harness, OLD)
    monkeypatch.setattr(_clock, "now", lambda: datetime(2027, 11, 20, tzinfo=UTC))
    assert neon.delete_backups(older_than=timedelta(days=30)).deleted == ()


def test_a_negative_age_is_refused(neon: Neon, harness: Harness) -> None:
    with pytest.raises(Refused, match="is negative"):
        neon.delete_backups(older_than=timedelta(days=-1))
    assert harness.sent == []


def test_a_backup_that_is_gone_already_counts_as_deleted(neon: Neon, harness: Harness) -> None:
    """Neon returns 204 for a branch that another client deleted meanwhile."""
    create_backup(harness, OLD)
    harness.respond_once("DELETE", "", responds(204))
    assert [b.name for b in neon.delete_backups(older_than=WEEK).deleted] == [OLD]


def test_an_empty_answer_of_a_proxy_deletes_nothing(neon: Neon, harness: Harness) -> None:
    """Only 204 says that the branch is gone."""
    create_backup(harness, OLD)
    harness.respond_once("DELETE", "", lambda request: httpx.Response(200))
    with pytest.raises(OutcomeUnknown, match="the answer could not be read"):
        neon.delete_backups(older_than=WEEK)


@pytest.mark.parametrize("code", [400, 409, 412, 422])
def test_a_refusal_without_a_message(code: int, neon: Neon, harness: Harness) -> None:
    """The reason is the status."""
    create_backup(harness, OLD)
    harness.respond_always("DELETE", "", error_response(code))
    (refused,) = neon.delete_backups(older_than=WEEK).refused
    assert refused.reason.startswith(f"Neon answered {code} to DELETE")


@pytest.mark.parametrize("code", [401, 403, 404])
def test_what_is_no_refusal_ends_the_deletions(code: int, neon: Neon, harness: Harness) -> None:
    """An API key that may not delete is an error, not a property of the backup."""
    for name in (OLD, OLDER):
        create_backup(harness, name)
    harness.respond_always("DELETE", "", error_response(code))
    with pytest.raises(NeonError):
        neon.delete_backups(older_than=WEEK)
    assert len(harness.writes_sent) == 1


def test_a_backup_of_exactly_the_age_is_kept(neon: Neon, harness: Harness) -> None:
    """`older_than` is exclusive."""
    create_backup(harness, OLD)
    age = (harness.clock.now() - OLD_TIME) // SECOND * SECOND
    assert [backup.name for backup in neon.delete_backups(older_than=age).kept] == [OLD]
    deleted = neon.delete_backups(older_than=age - SECOND).deleted
    assert [backup.name for backup in deleted] == [OLD]


def test_an_error_on_the_way_says_what_was_deleted_before(neon: Neon, harness: Harness) -> None:
    """A later failure does not undo deletions, and the error lists them."""
    for name in (OLD, OLDER):
        create_backup(harness, name)
    old = harness.sandbox.branch(OLD).id
    harness.respond_once("DELETE", old, read_timeout)
    with pytest.raises(OutcomeUnknown) as error:
        neon.delete_backups(older_than=WEEK)
    assert error.value.changed.startswith(f"deleted before this: {OLDER}. Of {OLD}: unknown: ")
    assert harness.writes_sent[-1] == f"DELETE /branches/{old}"
    assert len(harness.writes_sent) == 2


def test_an_error_on_the_first_deletion_says_so(neon: Neon, harness: Harness) -> None:
    """The error says whether Neon had accepted the deletion."""
    create_backup(harness, OLD)
    harness.respond_always("DELETE", "", error_response(423))
    with pytest.raises(Locked) as error:
        neon.delete_backups(older_than=WEEK, timeout=30)
    assert error.value.changed == f"deleted before this: none. Of {OLD}: nothing."
    harness.answers.clear()
    harness.respond_always("GET", "/operations/", read_timeout)
    with pytest.raises(NoAnswer) as unseen:
        neon.delete_backups(older_than=WEEK, timeout=30)
    assert unseen.value.changed == (
        f"deleted before this: none. Of {OLD}: the request was accepted, and Neon goes on with it."
    )
