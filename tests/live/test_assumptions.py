"""Assumptions about Neon on which the client relies when a response is lost.

Every run tests them on the sandbox. They are tested on Neon itself if NEON_LIVE_API_KEY and
NEON_LIVE_THROWAWAY_PROJECT_ID are set. Use a project that nobody needs: branches are created and
deleted there.
"""

from datetime import datetime

from tests.live.conftest import Project


def test_the_backup_branch_is_listed_as_soon_as_a_restore_is_accepted(project: Project) -> None:
    """It is the evidence of a restore with a lost response."""
    branch = project.create()
    source = next(b["id"] for b in project.branches().values() if b["default"])
    project.restore(branch, source, f"{project.unique}-before").raise_for_status()
    assert f"{project.unique}-before" in project.branches()


def test_a_restore_whose_backup_name_is_taken_is_refused(project: Project) -> None:
    """A request that is delivered twice is one restore: the second changes nothing."""
    branch = project.create()
    source = next(b["id"] for b in project.branches().values() if b["default"])
    preserve_as = f"{project.unique}-before"
    project.restore(branch, source, preserve_as).raise_for_status()
    project.run_until_idle()
    before = project.branches()
    again = project.restore(branch, source, preserve_as)
    assert 400 <= again.status_code < 500
    assert project.branches().keys() == before.keys()
    reset_at = project.branches()[project.unique]["last_reset_at"]
    assert reset_at == before[project.unique]["last_reset_at"]


def test_last_reset_at_changes_with_each_restore(project: Project) -> None:
    """The client detects a concurrent restore by it."""
    branch = project.create()
    source = next(b["id"] for b in project.branches().values() if b["default"])
    seen = [project.branches()[project.unique].get("last_reset_at")]
    for number in range(2):
        project.restore(branch, source, f"{project.unique}-{number}").raise_for_status()
        project.run_until_idle()
        seen.append(project.branches()[project.unique]["last_reset_at"])
    assert len(set(seen)) == len(seen)


def test_a_branch_is_reset_when_its_backup_is_made(project: Project) -> None:
    """The times differ by at most three seconds: a later reset is another restore."""
    branch = project.create()
    source = next(b["id"] for b in project.branches().values() if b["default"])
    project.restore(branch, source, f"{project.unique}-before").raise_for_status()
    project.run_until_idle()
    found = project.branches()
    made = datetime.fromisoformat(found[f"{project.unique}-before"]["created_at"])
    reset = datetime.fromisoformat(found[project.unique]["last_reset_at"])
    assert abs((reset - made).total_seconds()) <= 3


def test_a_restore_leaves_its_operations_on_its_branches(project: Project) -> None:
    """A resumed restore finds the operations to wait for as soon as Neon accepts it."""
    branch = project.create()
    source = next(b["id"] for b in project.branches().values() if b["default"])
    preserve_as = f"{project.unique}-before"
    accepted = project.restore(branch, source, preserve_as).raise_for_status().json()
    found = {o["id"]: o for o in project.get("/operations?limit=1000")["operations"]}
    kept = project.branches()[preserve_as]["id"]
    for operation in accepted["operations"]:
        assert found[operation["id"]]["branch_id"] in (branch, kept)
