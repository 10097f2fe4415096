"""`neon snapshots` in all of its forms."""

import pytest

from tests.sandbox.harness import BEFORE_DELETE, PRODUCTION
from tests.sandbox.neon_cli.program import INCIDENT, Outcome, case
from tests.sandbox.neon_cli.snapshots import good, previewed, scheduled
from tests.sandbox.test_snapshots import SCHEDULE, listed, taken

AS_JSON = "--output json"
GOOD, LAST = "14:30:00", "14:33:00"
EXPIRY = "2026-12-31T00:00:00Z"
WEEKLY = "--frequency weekly --day 2 --hour 4 --retention 604800"


@pytest.mark.parametrize(
    ("head", "fields"),
    [
        case(f"snapshots create --branch production --name now {AS_JSON}", LAST, {"name": "now"}),
        case(
            f"snapshots create --timestamp {BEFORE_DELETE} --expires-at {EXPIRY} {AS_JSON}",
            GOOD,
            {"expires_at": EXPIRY},
        ),
        case(f"snapshots create --lsn {{good}} {AS_JSON}", GOOD, {}),
    ],
)
def test_create(outcome: Outcome, head: str, fields: dict[str, str]) -> None:
    """Without ``--branch`` the snapshot is of the default branch."""
    (snapshot,) = listed(outcome.harness)
    assert outcome.json.items() >= {"id": snapshot["id"], "source_branch_id": PRODUCTION}.items()
    assert outcome.json.items() >= fields.items()
    assert snapshot.items() >= fields.items()
    assert outcome.head(snapshot["id"]) == head


@pytest.mark.parametrize(
    "said",
    [
        case("snapshots create --branch development", "snapshots are for root branches only"),
        case("snapshots create --slug good", "does not simulate slugs"),
    ],
)
def test_a_rejected_create(outcome: Outcome, said: str) -> None:
    assert outcome.status == 1
    assert said in outcome.stderr
    assert listed(outcome.harness) == []


@pytest.mark.calls(f"snapshots list {AS_JSON}", before=good)
def test_list(outcome: Outcome) -> None:
    assert outcome.json == listed(outcome.harness)


# The Neon CLI looks up a name in the list of snapshots.
@pytest.mark.parametrize(
    "fields",
    [
        case(f"snapshots get good {AS_JSON}", {"name": "good"}, before=good),
        case(f"snapshots update good --name better {AS_JSON}", {"name": "better"}, before=good),
        case(
            f"snapshots update good --expires-at {EXPIRY} {AS_JSON}",
            {"name": "good", "expires_at": EXPIRY},
            before=good,
        ),
    ],
)
def test_get_and_update(outcome: Outcome, fields: dict[str, str]) -> None:
    (snapshot,) = listed(outcome.harness)
    assert outcome.json.items() >= fields.items()
    assert snapshot.items() >= fields.items()


@pytest.mark.calls(
    f"snapshots update snap-shop-sandbox-00000001 --clear-expiration {AS_JSON}",
    before=lambda harness: taken(harness, expires_at=EXPIRY),
)
def test_update_that_clears_the_expiry(outcome: Outcome) -> None:
    (snapshot,) = listed(outcome.harness)
    assert outcome.json["id"] == snapshot["id"] == "snap-shop-sandbox-00000001"
    assert "expires_at" not in snapshot


@pytest.mark.calls("snapshots delete good", before=good)
def test_delete(outcome: Outcome) -> None:
    assert outcome.status == 0, outcome.stderr
    assert listed(outcome.harness) == []


@pytest.mark.calls(
    f"snapshots restore good --target-branch production --finalize {AS_JSON}", before=good
)
def test_restore_in_one_step(outcome: Outcome) -> None:
    new = outcome.harness.named("production")
    assert new["id"] == outcome.json["restored_branch"]["id"] != PRODUCTION
    assert outcome.harness.branch(PRODUCTION)["name"] == "production (old)"
    assert outcome.head(new["id"]) == GOOD


@pytest.mark.calls("snapshots restore good --name look", before=good)
def test_restore_with_a_preview(outcome: Outcome) -> None:
    """The output names the command that finalizes it, and production is unchanged."""
    preview = outcome.harness.named("look")
    assert f"neon snapshots finalize {preview['id']}" in outcome.stderr
    assert outcome.harness.named("production")["id"] == PRODUCTION


@pytest.mark.calls(f"snapshots finalize look {AS_JSON}", before=previewed)
def test_finalize(outcome: Outcome) -> None:
    assert [one["action"] for one in outcome.json] == ["suspend_compute", "start_compute"]
    assert outcome.heads == INCIDENT | {"production": GOOD, "production (old)": LAST}
    assert outcome.harness.branch(PRODUCTION)["name"] == "production (old)"


@pytest.mark.calls("snapshots finalize look --name replaced", before=previewed)
def test_finalize_with_a_name(outcome: Outcome) -> None:
    assert outcome.status == 0, outcome.stderr
    assert outcome.harness.branch(PRODUCTION)["name"] == "replaced"


@pytest.mark.calls(f"snapshots schedule get {AS_JSON}", before=scheduled)
def test_schedule_get(outcome: Outcome) -> None:
    """Without ``--branch`` the schedule is that of the default branch."""
    assert outcome.json == [{"frequency": "daily", "hour": 3}]


@pytest.mark.calls(f"snapshots schedule set --branch production {WEEKLY}")
def test_schedule_set(outcome: Outcome) -> None:
    assert outcome.status == 0, outcome.stderr
    assert outcome.harness.get(SCHEDULE)["schedule"] == [
        {"frequency": "weekly", "hour": 4, "day": 2, "retention_seconds": 604800}
    ]
