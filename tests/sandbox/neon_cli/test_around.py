"""The Neon CLI's other commands: connection strings, operations, databases, roles, projects."""

from urllib.parse import parse_qs

import pytest

from neon_sandbox.scenario import PASSWORD, PROJECT_ID, ROLE
from tests.sandbox.harness import BEFORE_DELETE, PRODUCTION, Harness
from tests.sandbox.neon_cli.program import Outcome, case

AS_JSON = "--output json"
STRING, SHOP = "connection-string", "--database-name shop"
REQUIRED = {"sslmode": ["require"], "channel_binding": ["require"]}


@pytest.mark.parametrize(
    "query",
    [
        case(f"{STRING} production {SHOP}", REQUIRED),
        case(
            f"{STRING} production@{BEFORE_DELETE} {SHOP}",
            REQUIRED | {"options": [f"neon_timestamp:{BEFORE_DELETE}"]},
        ),
        case(
            f"{STRING} production@0/19F0000 {SHOP}",
            REQUIRED | {"options": ["neon_lsn:0/19F0000"]},
        ),
        # The alias takes the same options.
        case(f"cs production {SHOP} --ssl omit --role-name {ROLE}", {}),
    ],
)
def test_connection_string(outcome: Outcome, query: dict[str, list[str]]) -> None:
    assert outcome.status == 0, outcome.stderr
    address, _, parameters = outcome.stdout.strip().partition("?")
    assert address == f"postgresql://{ROLE}:{PASSWORD}@224.0.0.0:1/shop"
    assert parse_qs(parameters) == query


@pytest.mark.parametrize(
    "said",
    [
        # The Neon CLI asks for the name of one.
        case(f"{STRING} production", "Multiple databases found"),
        # A backup branch has no compute to connect to.
        case(f"{STRING} before {SHOP}", "endpoint found for the branch", before=Harness.rewound),
        case("branches add-compute production --type read_write", "endpoint already exists"),
        case("branches add-compute production --cu 4-2", "is greater than"),
        case("projects delete sandbox-shop-00000000", "does not simulate deleteProject"),
    ],
)
def test_what_is_not_there(outcome: Outcome, said: str) -> None:
    assert outcome.status == 1
    assert said in outcome.stderr


@pytest.mark.calls(f"operations list {AS_JSON}", before=Harness.rewound)
def test_operations_list(outcome: Outcome) -> None:
    newest = outcome.json[:3]
    assert [operation["status"] for operation in newest] == ["finished"] * 3
    assert (newest[0]["action"], newest[0]["branch_id"]) == ("start_compute", PRODUCTION)


@pytest.mark.calls(f"databases list --branch production {AS_JSON}")
def test_databases_list(outcome: Outcome) -> None:
    listed = {database["name"]: database["owner_name"] for database in outcome.json}
    assert listed == {"shop": ROLE, "analytics": ROLE}


@pytest.mark.calls(f"roles list {AS_JSON}")
def test_roles_list(outcome: Outcome) -> None:
    """Without ``--branch``, the roles of the default branch are listed."""
    assert [role["name"] for role in outcome.json] == [ROLE]


@pytest.mark.calls(f"roles create --name reader {AS_JSON}")
def test_roles_create(outcome: Outcome) -> None:
    assert outcome.json["name"] == "reader"
    assert outcome.json["password"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        case("databases delete analytics --branch production", "databases", "analytics"),
        case(
            "roles delete reader --branch production",
            "roles",
            "reader",
            before=lambda harness: harness.do(
                "POST", f"/branches/{PRODUCTION}/roles", {"role": {"name": "reader"}}
            ),
        ),
    ],
)
def test_deletions(outcome: Outcome, kind: str, name: str) -> None:
    assert outcome.status == 0, outcome.stderr
    assert name not in outcome.harness.names_in(PRODUCTION, kind)


@pytest.mark.calls(
    f"branches add-compute before --type read_write --cu 0.5-3 {AS_JSON}", before=Harness.rewound
)
def test_branches_add_compute(outcome: Outcome) -> None:
    endpoint = outcome.harness.get(f"/endpoints/{outcome.json['id']}")["endpoint"]
    assert endpoint["branch_id"] == outcome.harness.named("before")["id"]
    assert (endpoint["autoscaling_limit_min_cu"], endpoint["autoscaling_limit_max_cu"]) == (0.5, 3)


@pytest.mark.calls(f"projects list {AS_JSON}")
def test_projects_list(outcome: Outcome) -> None:
    assert [project["id"] for project in outcome.json["projects"]] == [PROJECT_ID]
    assert outcome.json["shared_with_you"] == []


@pytest.mark.parametrize(
    "fields",
    [
        case(
            f"databases create --name extra --owner-name {ROLE} {AS_JSON}",
            {"name": "extra", "owner_name": ROLE},
        ),
        # The history window is the plan's, in seconds.
        case(
            f"projects get {PROJECT_ID} {AS_JSON}",
            {"name": "shop", "history_retention_seconds": 86_400},
        ),
        # The API key belongs to an account that exists only in the sandbox.
        case(f"me {AS_JSON}", {"email": "sandbox@example.com"}),
    ],
)
def test_fields_of_the_output(outcome: Outcome, fields: dict[str, object]) -> None:
    assert outcome.json.items() >= fields.items()
