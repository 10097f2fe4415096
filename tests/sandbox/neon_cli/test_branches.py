"""`neon branches`: list, get, create, rename, delete, set-default, reset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION, Harness

if TYPE_CHECKING:
    from tests.sandbox.neon_cli.program import Outcome

AS_JSON = ("--output", "json")


def with_feature(harness: Harness) -> None:
    """Create a branch without children."""
    harness.created("feature")


def with_protected_feature(harness: Harness) -> None:
    """Create a protected branch."""
    harness.created("feature", protected=True)


@pytest.mark.calls("branches", "list", *AS_JSON)
def test_list(outcome: Outcome) -> None:
    """Every branch is listed, and the default branch is marked."""
    listed = {branch["name"]: branch["default"] for branch in outcome.json}
    assert listed == {"production": True, "development": False}


@pytest.mark.calls("branches", "list")
def test_list_as_a_table(outcome: Outcome) -> None:
    """The table contains names, ids and states."""
    assert outcome.status == 0, outcome.stderr
    (line,) = [line for line in outcome.stdout.splitlines() if "production" in line]
    assert line.split()[:4] == ["[default]", "production", PRODUCTION, "ready"]


@pytest.mark.calls("branches", "get", "development", *AS_JSON)
def test_get_by_name(outcome: Outcome) -> None:
    """The Neon CLI looks up the name in the list of branches."""
    assert outcome.json["id"] == DEVELOPMENT
    assert outcome.json["parent_id"] == PRODUCTION


@pytest.mark.calls("branches", "get", DEVELOPMENT, *AS_JSON)
def test_get_by_id(outcome: Outcome) -> None:
    """The sandbox's ids have the form of Neon's, so the Neon CLI does not request the list."""
    assert outcome.json["name"] == "development"
    assert not any("/branches 200" in request for request in outcome.requests)


@pytest.mark.calls("branches", "get", "nothing")
def test_get_an_unknown_branch(outcome: Outcome) -> None:
    """The Neon CLI reports the error itself, with the names of the existing branches."""
    assert outcome.status == 1
    assert "nothing not found" in outcome.stderr
    assert "development" in outcome.stderr


@pytest.mark.calls("branches", "create", "--name", "feature", *AS_JSON)
def test_create(outcome: Outcome) -> None:
    """The new branch has a compute and is a child of the default branch."""
    made = outcome.json
    assert made["branch"]["parent_id"] == PRODUCTION
    (endpoint,) = made["endpoints"]
    assert endpoint["branch_id"] == made["branch"]["id"]
    assert outcome.harness.branch(made["branch"]["id"])["current_state"] == "ready"


@pytest.mark.calls("branches", "create", "--name", "past", "--parent", BEFORE_DELETE)
def test_create_at_a_timestamp(outcome: Outcome) -> None:
    """The new branch has the data of the default branch at that point in time."""
    assert outcome.status == 0, outcome.stderr
    assert "(701, 750)" in outcome.harness.last_sql(outcome.harness.named("past")["id"])


@pytest.mark.calls("branches", "create", "--name", "past", "--parent", "{good}")
def test_create_at_an_lsn(outcome: Outcome) -> None:
    assert outcome.status == 0, outcome.stderr
    assert "(701, 750)" in outcome.harness.last_sql(outcome.harness.named("past")["id"])


@pytest.mark.calls("branches", "create", "--name", "empty", "--schema-only", *AS_JSON)
def test_create_schema_only(outcome: Outcome) -> None:
    """A schema-only branch is a root branch."""
    assert "parent_id" not in outcome.json["branch"]
    assert outcome.json["branch"]["init_source"] == "schema-only"


@pytest.mark.calls("branches", "create", "--name", "development")
def test_create_with_a_name_that_is_taken(outcome: Outcome) -> None:
    """Neon's error message is shown unchanged."""
    assert outcome.status == 1
    assert 'branch name "development" is already taken' in outcome.stderr


@pytest.mark.calls("branches", "rename", "development", "dev", *AS_JSON)
def test_rename(outcome: Outcome) -> None:
    """The branch keeps its id."""
    assert (outcome.json["id"], outcome.json["name"]) == (DEVELOPMENT, "dev")
    assert outcome.harness.names() == {"production", "dev"}


@pytest.mark.calls("branches", "delete", "feature", *AS_JSON, before=with_feature)
def test_delete(outcome: Outcome) -> None:
    """The branch is gone once the operations have ended."""
    assert outcome.json["name"] == "feature"
    assert outcome.harness.names() == {"production", "development"}


@pytest.mark.calls("branches", "delete", "feature", before=with_protected_feature)
def test_delete_a_protected_branch(outcome: Outcome) -> None:
    """The request is rejected with Neon's message, and the branch stays."""
    assert outcome.status == 1
    assert "cannot delete protected branch" in outcome.stderr
    assert "feature" in outcome.harness.names()


@pytest.mark.calls("branches", "set-default", "development", *AS_JSON)
def test_set_default(outcome: Outcome) -> None:
    assert outcome.json["default"] is True
    assert outcome.harness.branch(PRODUCTION)["default"] is False


@pytest.mark.calls("branches", "reset", "development", "--parent", *AS_JSON)
def test_reset(outcome: Outcome) -> None:
    """The child gets its parent's data."""
    assert outcome.json["last_reset_at"]
    assert outcome.harness.storage.commits(DEVELOPMENT) == outcome.harness.storage.commits(
        PRODUCTION
    )


@pytest.mark.calls(
    "branches", "reset", "development", "--parent", "--preserve-under-name", "mine", *AS_JSON
)
def test_reset_and_keep(outcome: Outcome) -> None:
    """The previous data of the child is kept in a branch with the given name."""
    assert outcome.json["last_reset_at"]
    assert outcome.harness.names() == {"production", "development", "mine"}
