"""`neon snapshots` in all of its forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.harness import BEFORE_DELETE, PRODUCTION, Harness
from tests.sandbox.test_snapshots import SCHEDULE, listed, taken

if TYPE_CHECKING:
    from tests.sandbox.neon_cli.program import Outcome

SNAPSHOTS = ("snapshots",)
AS_JSON = ("--output", "json")
GOOD_SQL, LAST_SQL = "(701, 750)", "(2401, 2500)"


def good(harness: Harness) -> None:
    """Take a snapshot of production at a point in time before the deletion."""
    taken(harness, name="good", timestamp=BEFORE_DELETE)


def previewed(harness: Harness) -> None:
    """Restore that snapshot to a preview branch."""
    good(harness)
    (snapshot,) = listed(harness)
    body = {"target_branch_id": PRODUCTION, "name": "look"}
    harness.do("POST", f"/snapshots/{snapshot['id']}/restore", body)


def scheduled(harness: Harness) -> None:
    """Set a snapshot schedule on production."""
    harness.do("PUT", SCHEDULE, {"schedule": [{"frequency": "daily", "hour": 3}]})


@pytest.mark.calls(*SNAPSHOTS, "create", "--branch", "production", "--name", "now", *AS_JSON)
def test_create_at_the_head(outcome: Outcome) -> None:
    """The snapshot has the given name, and is of the given branch."""
    assert outcome.json["source_branch_id"] == PRODUCTION
    (snapshot,) = listed(outcome.harness)
    assert (snapshot["id"], snapshot["name"]) == (outcome.json["id"], "now")
    assert LAST_SQL in outcome.harness.last_sql(snapshot["id"])


@pytest.mark.calls(
    *SNAPSHOTS,
    "create",
    "--timestamp",
    BEFORE_DELETE,
    "--expires-at",
    "2026-12-31T00:00:00Z",
    *AS_JSON,
)
def test_create_at_a_timestamp_with_an_expiry(outcome: Outcome) -> None:
    """Without ``--branch`` the snapshot is of the default branch."""
    assert outcome.json["expires_at"] == "2026-12-31T00:00:00Z"
    assert GOOD_SQL in outcome.harness.last_sql(outcome.json["id"])


@pytest.mark.calls(*SNAPSHOTS, "create", "--lsn", "{good}", *AS_JSON)
def test_create_at_an_lsn(outcome: Outcome) -> None:
    """The snapshot ends with the commit that ended at the LSN."""
    assert GOOD_SQL in outcome.harness.last_sql(outcome.json["id"])


@pytest.mark.calls(*SNAPSHOTS, "create", "--branch", "development")
def test_create_of_a_child(outcome: Outcome) -> None:
    """The request is rejected."""
    assert outcome.status == 1
    assert "snapshots are for root branches only" in outcome.stderr


@pytest.mark.calls(*SNAPSHOTS, "create", "--slug", "good")
def test_create_with_a_slug(outcome: Outcome) -> None:
    """The request is rejected, because the sandbox does not simulate slugs."""
    assert outcome.status == 1
    assert "does not simulate slugs" in outcome.stderr
    assert listed(outcome.harness) == []


@pytest.mark.calls(*SNAPSHOTS, "list", *AS_JSON, before=good)
def test_list(outcome: Outcome) -> None:
    """The output is what the API returns for each snapshot."""
    assert outcome.json == listed(outcome.harness)


@pytest.mark.calls(*SNAPSHOTS, "get", "good", *AS_JSON, before=good)
def test_get_by_name(outcome: Outcome) -> None:
    """The Neon CLI looks up the name in the list of snapshots."""
    assert outcome.json["name"] == "good"


@pytest.mark.calls(*SNAPSHOTS, "update", "good", "--name", "better", *AS_JSON, before=good)
def test_update_of_the_name(outcome: Outcome) -> None:
    """The snapshot is identified by its old name."""
    assert outcome.json["name"] == "better"
    assert [one["name"] for one in listed(outcome.harness)] == ["better"]


@pytest.mark.calls(
    *SNAPSHOTS, "update", "good", "--expires-at", "2026-12-31T00:00:00Z", *AS_JSON, before=good
)
def test_update_of_the_expiry(outcome: Outcome) -> None:
    """The name is unchanged."""
    assert (outcome.json["name"], outcome.json["expires_at"]) == ("good", "2026-12-31T00:00:00Z")


@pytest.mark.calls(
    *SNAPSHOTS,
    "update",
    "snap-shop-sandbox-00000001",
    "--clear-expiration",
    *AS_JSON,
    before=lambda harness: taken(harness, expires_at="2026-12-31T00:00:00Z"),
)
def test_update_that_keeps_it_for_ever(outcome: Outcome) -> None:
    """The expiry is removed."""
    assert outcome.json["id"] == "snap-shop-sandbox-00000001"
    assert "expires_at" not in listed(outcome.harness)[0]


@pytest.mark.calls(*SNAPSHOTS, "delete", "good", before=good)
def test_delete(outcome: Outcome) -> None:
    assert outcome.status == 0, outcome.stderr
    assert listed(outcome.harness) == []


@pytest.mark.calls(
    *SNAPSHOTS,
    "restore",
    "good",
    "--target-branch",
    "production",
    "--finalize",
    *AS_JSON,
    before=good,
)
def test_restore_in_one_step(outcome: Outcome) -> None:
    """A branch with a new id takes the name, and the replaced branch is renamed."""
    new = outcome.harness.named("production")
    assert new["id"] == outcome.json["restored_branch"]["id"] != PRODUCTION
    assert outcome.harness.branch(PRODUCTION)["name"] == "production (old)"
    assert GOOD_SQL in outcome.harness.last_sql(new["id"])


@pytest.mark.calls(*SNAPSHOTS, "restore", "good", "--name", "look", before=good)
def test_restore_with_a_preview(outcome: Outcome) -> None:
    """The output names the command that finalizes it, and production is unchanged."""
    preview = outcome.harness.named("look")
    assert f"neon snapshots finalize {preview['id']}" in outcome.stderr
    assert outcome.harness.named("production")["id"] == PRODUCTION


@pytest.mark.calls(*SNAPSHOTS, "finalize", "look", *AS_JSON, before=previewed)
def test_finalize(outcome: Outcome) -> None:
    """The preview replaces production, and the command prints the operations."""
    assert [one["action"] for one in outcome.json] == ["suspend_compute", "start_compute"]
    assert GOOD_SQL in outcome.harness.last_sql(outcome.harness.named("production")["id"])
    assert outcome.harness.branch(PRODUCTION)["name"] == "production (old)"


@pytest.mark.calls(*SNAPSHOTS, "finalize", "look", "--name", "replaced", before=previewed)
def test_finalize_with_a_name(outcome: Outcome) -> None:
    """The replaced branch gets the name."""
    assert outcome.status == 0, outcome.stderr
    assert outcome.harness.branch(PRODUCTION)["name"] == "replaced"


@pytest.mark.calls(*SNAPSHOTS, "schedule", "get", *AS_JSON, before=scheduled)
def test_schedule_get(outcome: Outcome) -> None:
    """Without ``--branch`` the schedule is that of the default branch."""
    assert outcome.json == [{"frequency": "daily", "hour": 3}]


@pytest.mark.calls(
    *SNAPSHOTS,
    "schedule",
    "set",
    "--branch",
    "production",
    "--frequency",
    "weekly",
    "--day",
    "2",
    "--hour",
    "4",
    "--retention",
    "604800",
)
def test_schedule_set(outcome: Outcome) -> None:
    """The options become one entry of the schedule."""
    assert outcome.status == 0, outcome.stderr
    assert outcome.harness.get(SCHEDULE)["schedule"] == [
        {"frequency": "weekly", "hour": 4, "day": 2, "retention_seconds": 604800}
    ]
