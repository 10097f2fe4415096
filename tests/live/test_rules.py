"""Rules about Neon that can be tried; `docs/evidence.toml` names them.

Every run tries them on the sandbox. They are tried on Neon itself if NEON_LIVE_API_KEY and
NEON_LIVE_THROWAWAY_PROJECT_ID are set. Use a project that nobody needs: branches are created and
deleted there.
"""

from datetime import datetime
from typing import Any

import pytest

from tests.live.conftest import Project

BACKUP = {"preserve_under_name": "{name}-x"}
# Each restores a branch from its own history: the default branch, or the child for the last.
REFUSED: dict[str, dict[str, Any]] = {
    "own-history-needs-point-answer": BACKUP,
    "backup-name-required-own-history": {"source_timestamp": "{recent}"},
    "rfc3339": BACKUP | {"source_timestamp": "2026-01-01 00:00:00+00"},
    "before-window": BACKUP | {"source_timestamp": "2000-01-01T00:00:00Z"},
    "point-messages": BACKUP | {"source_timestamp": "2100-01-01T00:00:00Z"},
    "roots-only-answer": BACKUP | {"source_lsn": "0/1"},
}


@pytest.mark.parametrize("rule", REFUSED)
def test_a_restore_that_is_refused(rule: str, project: Project) -> None:
    """The report has status, code and message; nothing changes."""
    before, child = project.default(), project.branch()
    known = {"name": project.name, "recent": child["created_at"]}
    body = {name: text.format(**known) for name, text in REFUSED[rule].items()}
    branch = child if rule == "roots-only-answer" else before
    path = f"/branches/{branch['id']}/restore"
    response = project.ask("POST", path, body | {"source_branch_id": branch["id"]})
    project.observe(rule, response)
    assert response.is_client_error
    assert project.default() == before


def test_a_name_that_is_taken(project: Project) -> None:
    """A creation, a new name and a backup name are refused in the same words."""
    taken = {"name": project.name}
    created = project.ask("POST", "/branches", {"branch": taken})
    project.observe("branch-name-taken", created)
    renamed = project.ask("PATCH", f"/branches/{project.default()['id']}", {"branch": taken})
    project.observe("rename-taken", renamed)
    assert created.status_code == renamed.status_code == 409


def test_a_child_that_takes_the_head_of_another(project: Project) -> None:
    """It becomes a child of that source, and the backup can be deleted."""
    source = project.default()
    accepted = project.restore(project.backup).raise_for_status().json()
    project.observe("restore-operations-kept", [o["action"] for o in accepted["operations"]])
    project.run_until_idle()
    project.observe("child-from-head", project.branch()["parent_id"] == source["id"])
    assert project.branch()["parent_id"] == source["id"]
    backup = project.branches()[project.backup]["id"]
    deleted = project.ask("DELETE", f"/branches/{backup}").raise_for_status().json()
    project.observe("delete-operations", [o["action"] for o in deleted["operations"]])


def test_a_branch_that_cannot_be_deleted(project: Project) -> None:
    """The default branch, which has a child."""
    refused = project.ask("DELETE", f"/branches/{project.default()['id']}")
    project.observe("delete-default", refused)
    assert refused.is_client_error


def test_a_branch_without_a_compute(project: Project) -> None:
    path = f"/branches/{project.branch()['id']}"
    database = project.get(f"{path}/databases")["databases"][0]
    role, name = database["owner_name"], database["name"]
    query = f"branch_id={project.branch()['id']}&database_name={name}&role_name={role}"
    refused = project.ask("GET", f"/connection_uri?{query}")
    project.observe("no-read-write", refused)
    assert refused.is_client_error


def test_an_accepted_restore_is_seen_at_once(project: Project) -> None:
    """If the response is lost, this is the evidence, and what a resumed restore waits for."""
    accepted = project.restore(project.backup).raise_for_status().json()
    branches = project.branches()
    assert project.backup in branches
    found = {o["id"]: o for o in project.get("/operations?limit=1000")["operations"]}
    both = {branches[name]["id"] for name in (project.name, project.backup)}
    project.observe("backup-listed-at-once", project.backup in branches)
    seen = [found[operation["id"]]["branch_id"] in both for operation in accepted["operations"]]
    project.observe("operations-of-a-restore", seen)
    assert all(seen)


def test_a_restore_whose_backup_name_is_taken_is_refused(project: Project) -> None:
    """A request that is delivered twice is one restore: the second changes nothing."""
    project.restore(project.backup).raise_for_status()
    project.run_until_idle()
    before = project.branches()
    refused = project.restore(project.backup)
    project.observe("backup-name-taken", refused)
    assert refused.is_client_error
    assert project.branches().keys() == before.keys()
    assert project.branch()["last_reset_at"] == before[project.name]["last_reset_at"]


def test_last_reset_at_changes_with_each_restore(project: Project) -> None:
    """The client detects a concurrent restore by it."""
    seen = {project.branch().get("last_reset_at")}
    for number in range(2):
        project.restore(f"{project.name}-{number}").raise_for_status()
        project.run_until_idle()
        seen.add(project.branch()["last_reset_at"])
    project.observe("last-reset-at", len(seen) == 3)
    assert len(seen) == 3


def test_a_branch_is_reset_when_its_backup_is_made(project: Project) -> None:
    """The times differ by at most three seconds: a later reset is another restore."""
    project.restore(project.backup).raise_for_status()
    project.run_until_idle()
    made = datetime.fromisoformat(project.branches()[project.backup]["created_at"])
    reset = datetime.fromisoformat(project.branch()["last_reset_at"])
    apart = abs((reset - made).total_seconds())
    project.observe("last-reset-at-backup", f"{apart:g} s")
    assert apart <= 3
