"""What the client assumes of Neon when an answer is lost.

These hold of the sandbox in every run. Of Neon itself they are tested where
NEON_LIVE_API_KEY and NEON_LIVE_THROWAWAY_PROJECT_ID are set, in a project that nobody needs:
branches are made and deleted there.
"""

from datetime import datetime

from tests.live.conftest import Project


def test_the_backup_branch_is_listed_as_soon_as_a_restore_is_accepted(project: Project) -> None:
    """It is the witness of a restore whose answer was lost."""
    branch = project.create()
    source = next(b["id"] for b in project.branches().values() if b["default"])
    project.restore(branch, source, f"{project.unique}-before").raise_for_status()
    assert f"{project.unique}-before" in project.branches()


def test_a_restore_whose_backup_name_is_taken_is_refused(project: Project) -> None:
    """So the same request twice is one restore, and the second changes nothing."""
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
    """So a restore by somebody else does not go unnoticed."""
    branch = project.create()
    source = next(b["id"] for b in project.branches().values() if b["default"])
    seen = [project.branches()[project.unique].get("last_reset_at")]
    for number in range(2):
        project.restore(branch, source, f"{project.unique}-{number}").raise_for_status()
        project.run_until_idle()
        seen.append(project.branches()[project.unique]["last_reset_at"])
    assert len(set(seen)) == len(seen)


def test_a_branch_is_reset_when_its_backup_is_made(project: Project) -> None:
    """Within three seconds: what is later is another restore."""
    branch = project.create()
    source = next(b["id"] for b in project.branches().values() if b["default"])
    project.restore(branch, source, f"{project.unique}-before").raise_for_status()
    project.run_until_idle()
    found = project.branches()
    made = datetime.fromisoformat(found[f"{project.unique}-before"]["created_at"])
    reset = datetime.fromisoformat(found[project.unique]["last_reset_at"])
    assert abs((reset - made).total_seconds()) <= 3


def test_a_restore_leaves_its_operations_on_its_branches(project: Project) -> None:
    """Whoever takes a restore up finds what to wait for, from the moment of the restore on."""
    branch = project.create()
    source = next(b["id"] for b in project.branches().values() if b["default"])
    preserve_as = f"{project.unique}-before"
    accepted = project.restore(branch, source, preserve_as).raise_for_status().json()
    found = {o["id"]: o for o in project.get("/operations?limit=1000")["operations"]}
    kept = project.branches()[preserve_as]["id"]
    for operation in accepted["operations"]:
        assert found[operation["id"]]["branch_id"] in (branch, kept)
