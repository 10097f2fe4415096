"""The Neon CLI's other commands: connection strings, operations, databases, roles, projects."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from neon_sandbox.scenario import PASSWORD, PROJECT_ID, ROLE
from tests.sandbox.harness import BEFORE_DELETE, PRODUCTION, Harness

if TYPE_CHECKING:
    from tests.sandbox.neon_cli.program import Outcome

AS_JSON = ("--output", "json")
SHOP = ("--database-name", "shop")
BOTH_REQUIRED = {"sslmode": ["require"], "channel_binding": ["require"]}


def query(outcome: Outcome) -> dict[str, list[str]]:
    """Return the parameters of the printed connection string."""
    assert outcome.status == 0, outcome.stderr
    return parse_qs(urlsplit(outcome.stdout.strip()).query)


@pytest.mark.calls("connection-string", "production", *SHOP)
def test_connection_string_of_the_head(outcome: Outcome) -> None:
    """The string contains the role, its password, and the endpoint's host and port."""
    assert query(outcome) == BOTH_REQUIRED
    assert outcome.stdout.startswith(f"postgresql://{ROLE}:{PASSWORD}@224.0.0.0:1/shop?")


@pytest.mark.calls("connection-string", f"production@{BEFORE_DELETE}", *SHOP)
def test_connection_string_at_a_timestamp(outcome: Outcome) -> None:
    """The timestamp is passed in the ``options`` parameter."""
    assert query(outcome) == BOTH_REQUIRED | {"options": [f"neon_timestamp:{BEFORE_DELETE}"]}


@pytest.mark.calls("connection-string", "production@0/19F0000", *SHOP)
def test_connection_string_at_an_lsn(outcome: Outcome) -> None:
    assert query(outcome) == BOTH_REQUIRED | {"options": ["neon_lsn:0/19F0000"]}


@pytest.mark.calls("cs", "production", *SHOP, "--ssl", "omit", "--role-name", ROLE)
def test_connection_string_without_ssl(outcome: Outcome) -> None:
    """The alias ``cs`` takes the same options."""
    assert query(outcome) == {}


@pytest.mark.calls("connection-string", "production")
def test_connection_string_with_two_databases_to_choose_from(outcome: Outcome) -> None:
    """The Neon CLI asks for the name of one."""
    assert outcome.status == 1
    assert "Multiple databases found" in outcome.stderr


@pytest.mark.calls("connection-string", "before", *SHOP, before=Harness.rewound)
def test_connection_string_of_a_backup(outcome: Outcome) -> None:
    """A backup branch has no compute to connect to."""
    assert outcome.status == 1
    assert "endpoint found for the branch" in outcome.stderr


@pytest.mark.calls("operations", "list", *AS_JSON, before=Harness.rewound)
def test_operations_list(outcome: Outcome) -> None:
    """The newest operation comes first."""
    newest = outcome.json[:3]
    assert [operation["status"] for operation in newest] == ["finished"] * 3
    assert newest[0]["action"] == "start_compute"
    assert newest[0]["branch_id"] == PRODUCTION


@pytest.mark.calls("databases", "list", "--branch", "production", *AS_JSON)
def test_databases_list(outcome: Outcome) -> None:
    """Both databases are listed, with their owner."""
    listed = {database["name"]: database["owner_name"] for database in outcome.json}
    assert listed == {"shop": ROLE, "analytics": ROLE}


@pytest.mark.calls("databases", "create", "--name", "extra", "--owner-name", ROLE, *AS_JSON)
def test_databases_create(outcome: Outcome) -> None:
    """The named role owns the new database."""
    assert (outcome.json["name"], outcome.json["owner_name"]) == ("extra", ROLE)


@pytest.mark.calls("roles", "list", *AS_JSON)
def test_roles_list(outcome: Outcome) -> None:
    """Without ``--branch``, the roles of the default branch are listed."""
    assert [role["name"] for role in outcome.json] == [ROLE]


@pytest.mark.calls("roles", "create", "--name", "reader", *AS_JSON)
def test_roles_create(outcome: Outcome) -> None:
    """A new role has a password."""
    assert outcome.json["name"] == "reader"
    assert outcome.json["password"]


@pytest.mark.calls("projects", "list", *AS_JSON)
def test_projects_list(outcome: Outcome) -> None:
    """The sandbox's project is the only one, and no project is shared."""
    assert [project["id"] for project in outcome.json["projects"]] == [PROJECT_ID]
    assert outcome.json["shared_with_you"] == []


@pytest.mark.calls("projects", "get", PROJECT_ID, *AS_JSON)
def test_projects_get(outcome: Outcome) -> None:
    """The output contains the plan's history window, in seconds."""
    assert outcome.json["name"] == "shop"
    assert outcome.json["history_retention_seconds"] == 86_400


@pytest.mark.calls("me", *AS_JSON)
def test_me(outcome: Outcome) -> None:
    """The API key belongs to an account that exists only in the sandbox."""
    assert outcome.json["email"] == "sandbox@example.com"
