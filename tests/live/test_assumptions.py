"""Assumptions about Neon on which the client relies when a response is lost.

Every run tests them on the sandbox. They are tested on Neon itself if NEON_LIVE_API_KEY and
NEON_LIVE_THROWAWAY_PROJECT_ID are set. Use a project that nobody needs: branches are created and
deleted there.
"""

from datetime import datetime

from tests.live.conftest import Project


def test_an_accepted_restore_is_seen_at_once(project: Project) -> None:
    """If the response is lost, this is the evidence, and what a resumed restore waits for."""
    accepted = project.restore(project.backup).raise_for_status().json()
    branches = project.branches()
    assert project.backup in branches
    found = {o["id"]: o for o in project.get("/operations?limit=1000")["operations"]}
    both = {branches[name]["id"] for name in (project.name, project.backup)}
    for operation in accepted["operations"]:
        assert found[operation["id"]]["branch_id"] in both


def test_a_restore_whose_backup_name_is_taken_is_refused(project: Project) -> None:
    """A request that is delivered twice is one restore: the second changes nothing."""
    project.restore(project.backup).raise_for_status()
    project.run_until_idle()
    before = project.branches()
    assert 400 <= project.restore(project.backup).status_code < 500
    assert project.branches().keys() == before.keys()
    assert project.branch()["last_reset_at"] == before[project.name]["last_reset_at"]


def test_last_reset_at_changes_with_each_restore(project: Project) -> None:
    """The client detects a concurrent restore by it."""
    seen = {project.branch().get("last_reset_at")}
    for number in range(2):
        project.restore(f"{project.name}-{number}").raise_for_status()
        project.run_until_idle()
        seen.add(project.branch()["last_reset_at"])
    assert len(seen) == 3


def test_a_branch_is_reset_when_its_backup_is_made(project: Project) -> None:
    """The times differ by at most three seconds: a later reset is another restore."""
    project.restore(project.backup).raise_for_status()
    project.run_until_idle()
    made = datetime.fromisoformat(project.branches()[project.backup]["created_at"])
    reset = datetime.fromisoformat(project.branch()["last_reset_at"])
    assert abs((reset - made).total_seconds()) <= 3
