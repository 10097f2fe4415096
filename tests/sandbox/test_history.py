"""Tests of the history window: one for all branches, and the points in time that it allows."""

import pytest

from tests.sandbox.harness import DEVELOPMENT, PRODUCTION, REWIND, Harness


def set_window(harness: Harness, seconds: int) -> None:
    """Set the history window of the project."""
    harness.do("PATCH", "", {"project": {"history_retention_seconds": seconds}})


def reaches(harness: Harness, timestamp: str, branch: str = PRODUCTION) -> bool:
    """Return whether the schema of a branch can be read at a point in time."""
    query = {"db_name": "shop", "timestamp": timestamp}
    return harness.ask("GET", f"/branches/{branch}/schema", **query).is_success


def test_it_is_a_day_on_the_launch_plan(harness: Harness) -> None:
    (listed,) = harness.http.get("/projects").json()["projects"]
    for project in (harness.get("")["project"], listed):
        assert project["history_retention_seconds"] == 86_400


def test_it_is_seven_days_at_most_on_the_launch_plan(harness: Harness) -> None:
    """A rejected request changes neither the history window nor the name sent with it."""
    set_window(harness, 7 * 86_400)
    change = {"history_retention_seconds": 7 * 86_400 + 1, "name": "bazaar"}
    assert harness.refused("PATCH", "", {"project": change}) == (
        400,
        "requested history retention seconds exceeds allowed maximum; "
        'requested_history_retention_seconds:"604801", max:"604800"',
    )
    project = harness.get("")["project"]
    assert (project["history_retention_seconds"], project["name"]) == (604_800, "shop")


@pytest.mark.parametrize("seconds", [-1, 2_592_001, "86400", 1.5, None])
def test_it_is_a_number_of_seconds(harness: Harness, seconds: object) -> None:
    change = {"project": {"history_retention_seconds": seconds}}
    assert harness.refused("PATCH", "", change)[0] == 400


def test_it_slides(harness: Harness) -> None:
    assert reaches(harness, "2026-11-20T14:30:00Z")
    harness.advance(hours=24, minutes=-10)
    assert reaches(harness, "2026-11-20T14:30:00Z")
    harness.advance(seconds=1)
    assert not reaches(harness, "2026-11-20T14:30:00Z")
    assert reaches(harness, "2026-11-20T14:30:01Z")


def test_it_holds_for_every_branch(harness: Harness) -> None:
    set_window(harness, 3600)
    for branch in (PRODUCTION, DEVELOPMENT):
        assert not reaches(harness, "2026-11-20T13:39:59Z", branch)
        assert reaches(harness, "2026-11-20T13:40:00Z", branch)


def test_a_restore_before_it_says_where_it_starts(harness: Harness) -> None:
    set_window(harness, 3600)
    body = REWIND | {"source_timestamp": "2026-11-20T13:00:00Z"}
    assert harness.refused("POST", f"/branches/{PRODUCTION}/restore", body) == (
        400,
        "point in time is outside the history window, which starts at 2026-11-20T13:40:00Z",
    )


def test_a_childs_history_begins_again_with_its_reset(harness: Harness) -> None:
    assert reaches(harness, "2026-11-20T14:39:00Z", DEVELOPMENT)
    harness.restored(DEVELOPMENT, source_branch_id=PRODUCTION)
    assert not reaches(harness, "2026-11-20T14:39:00Z", DEVELOPMENT)
    assert reaches(harness, "2026-11-20T14:40:00Z", DEVELOPMENT)


def test_a_root_takes_over_the_history_of_its_source(harness: Harness) -> None:
    """The child's history starts at its creation, and so does that of the root restored from it."""
    harness.restored(PRODUCTION, source_branch_id=DEVELOPMENT, preserve_under_name="before")
    assert not reaches(harness, "2026-11-20T09:59:59Z")
    assert reaches(harness, "2026-11-20T10:00:00Z")
    assert reaches(harness, "2026-11-20T09:59:59Z", harness.named("before")["id"])


def test_zero_disables_the_past(harness: Harness) -> None:
    """No point in time is accepted, not even the present; a restore from a head still works."""
    set_window(harness, 0)
    assert not reaches(harness, "2026-11-20T14:40:00Z")
    harness.restored(PRODUCTION, source_branch_id=DEVELOPMENT, preserve_under_name="before")


def test_a_longer_window_does_not_bring_back_what_a_shorter_one_let_go(harness: Harness) -> None:
    set_window(harness, 3600)
    set_window(harness, 86_400)
    assert not reaches(harness, "2026-11-20T13:39:59Z")
    assert reaches(harness, "2026-11-20T13:40:00Z")


def test_the_state_at_its_start_can_be_named_by_lsn(harness: Harness) -> None:
    """The last commit before the history window is the state at its start; older ones are gone."""
    set_window(harness, 3600)
    commits = harness.storage.commits(PRODUCTION)
    (at_start,) = [c for c in commits if "(1001, 2400)" in c.sql]
    older = commits[commits.index(at_start) - 1]
    path = f"/branches/{PRODUCTION}/schema"
    assert harness.ask("GET", path, db_name="shop", lsn=str(at_start.lsn)).is_success
    assert harness.refused("GET", path, db_name="shop", lsn=str(older.lsn))[0] == 400


def test_the_name_of_a_project_changes_alone(harness: Harness) -> None:
    harness.do("PATCH", "", {"project": {"name": "bazaar"}})
    project = harness.get("")["project"]
    assert (project["name"], project["history_retention_seconds"]) == ("bazaar", 86_400)


@pytest.mark.parametrize("setting", ["settings", "default_endpoint_settings"])
def test_settings_that_make_no_difference_are_refused(harness: Harness, setting: str) -> None:
    """The sandbox rejects with 501 what it does not simulate instead of ignoring it."""
    status, message = harness.refused("PATCH", "", {"project": {setting: {}}})
    assert status == 501
    assert "does not simulate" in message
