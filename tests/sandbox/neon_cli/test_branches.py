"""`neon branches`: list, get, create, rename, delete, set-default, reset."""

import pytest

from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION, Harness
from tests.sandbox.neon_cli.program import INCIDENT, Outcome, case

AS_JSON = "--output json"
DELETE, RESET = "branches delete feature", "branches reset development --parent"


def with_protected_feature(harness: Harness) -> None:
    """Create a protected branch."""
    harness.created("feature", protected=True)


@pytest.mark.calls(f"branches list {AS_JSON}")
def test_list(outcome: Outcome) -> None:
    listed = {branch["name"]: branch["default"] for branch in outcome.json}
    assert listed == {"production": True, "development": False}


@pytest.mark.calls("branches list")
def test_list_as_a_table(outcome: Outcome) -> None:
    assert outcome.status == 0, outcome.stderr
    (line,) = [line for line in outcome.stdout.splitlines() if "production" in line]
    assert line.split()[:4] == ["[default]", "production", PRODUCTION, "ready"]


@pytest.mark.calls(f"branches get development {AS_JSON}")
def test_get_by_name(outcome: Outcome) -> None:
    """The Neon CLI looks up the name in the list of branches."""
    assert outcome.json["id"] == DEVELOPMENT
    assert outcome.json["parent_id"] == PRODUCTION


@pytest.mark.calls(f"branches get {DEVELOPMENT} {AS_JSON}")
def test_get_by_id(outcome: Outcome) -> None:
    """The sandbox's ids have the form of Neon's, so the Neon CLI does not request the list."""
    assert outcome.json["name"] == "development"
    assert not any("/branches 200" in request for request in outcome.requests)


@pytest.mark.parametrize(
    ("said", "names"),
    [
        # The Neon CLI reports this error itself, with the names of the existing branches.
        case("branches get nothing", "nothing not found.\nAvailable branches: development", set()),
        case(
            "branches create --name development",
            'branch already exists; branch_name:"development"',
            set(),
        ),
        case(DELETE, "cannot delete protected branch", {"feature"}, before=with_protected_feature),
    ],
)
def test_a_rejected_call(outcome: Outcome, said: str, names: set[str]) -> None:
    """Neon's error message is shown unchanged, and no branch has changed."""
    assert outcome.status == 1
    assert said in outcome.stderr
    assert outcome.harness.names() == {"production", "development"} | names


@pytest.mark.calls(f"branches create --name feature {AS_JSON}")
def test_create(outcome: Outcome) -> None:
    branch = outcome.json["branch"]
    assert branch["parent_id"] == PRODUCTION
    assert [one["branch_id"] for one in outcome.json["endpoints"]] == [branch["id"]]
    assert outcome.harness.branch(branch["id"])["current_state"] == "ready"


@pytest.mark.parametrize(
    "heads",
    [
        case(f"branches create --name past --parent {BEFORE_DELETE}", {"past": "14:30:00"}),
        case("branches create --name past --parent {good}", {"past": "14:30:00"}),
    ],
)
def test_create_in_the_past(outcome: Outcome, heads: dict[str, str]) -> None:
    assert outcome.status == 0, outcome.stderr
    assert outcome.heads == INCIDENT | heads


@pytest.mark.calls(f"branches create --name empty --schema-only {AS_JSON}")
def test_create_schema_only(outcome: Outcome) -> None:
    assert "parent_id" not in outcome.json["branch"]
    assert outcome.json["branch"]["init_source"] == "schema-only"


@pytest.mark.calls(f"branches rename development dev {AS_JSON}")
def test_rename(outcome: Outcome) -> None:
    assert (outcome.json["id"], outcome.json["name"]) == (DEVELOPMENT, "dev")
    assert outcome.harness.names() == {"production", "dev"}


@pytest.mark.calls(f"{DELETE} {AS_JSON}", before=lambda harness: harness.created("feature"))
def test_delete(outcome: Outcome) -> None:
    assert outcome.json["name"] == "feature"
    assert outcome.harness.names() == {"production", "development"}


@pytest.mark.calls(f"branches set-default development {AS_JSON}")
def test_set_default(outcome: Outcome) -> None:
    assert outcome.json["default"] is True
    assert outcome.harness.branch(PRODUCTION)["default"] is False


@pytest.mark.parametrize(
    "kept",
    [
        case(f"{RESET} {AS_JSON}", {}),
        case(f"{RESET} --preserve-under-name mine {AS_JSON}", {"mine": "09:45:00"}),
    ],
)
def test_reset(outcome: Outcome, kept: dict[str, str]) -> None:
    """The child gets its parent's data, and its previous data is kept only under a given name."""
    commits = outcome.harness.storage.commits
    assert outcome.json["last_reset_at"]
    assert commits(DEVELOPMENT) == commits(PRODUCTION)
    assert outcome.heads == INCIDENT | {"development": "14:33:00"} | kept
