"""Compares the fields and the operations of answers with those that Neon published."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from tests.contract.document import Json, read
from tests.official_clients.measurement import Outcome, Result
from tests.sandbox.harness import DEVELOPMENT, PRODUCTION, REWIND, Harness

CLIENTS = ("fields", "operations", "states")
ENTITIES = {
    "branch": "Branch",
    "branches": "Branch",
    "database": "Database",
    "databases": "Database",
    "endpoint": "Endpoint",
    "endpoints": "Endpoint",
    "operation": "Operation",
    "operations": "Operation",
    "project": "Project",
    "projects": "ProjectListItem",
    "role": "Role",
    "roles": "Role",
    "snapshot": "Snapshot",
    "snapshots": "Snapshot",
}
"""The schema of what a field of an answer holds."""

# Fields of Neon's example answers that the document has without an example.
SEEN = {
    "Project": (
        *("compute_last_active_at", "default_endpoint_settings", "settings"),
        "synthetic_storage_size",
    ),
    "ProjectListItem": ("compute_last_active_at", "default_endpoint_settings", "settings"),
    "Branch": ("created_by", "logical_size"),
}

ROLES = f"/branches/{PRODUCTION}/roles"
DATABASES = f"/branches/{PRODUCTION}/databases"
SNAPSHOT = "/snapshots/snap-shop-sandbox-00000001"
ASKED: tuple[tuple[str, str, Json | None], ...] = (
    ("POST", ROLES, {"role": {"name": "reader"}}),
    ("POST", DATABASES, {"database": {"name": "extra", "owner_name": "reader"}}),
    ("POST", "/branches", {"branch": {"name": "feature"}}),
    ("POST", f"/branches/{PRODUCTION}/restore", REWIND),
    ("POST", f"{SNAPSHOT}/restore", {"name": "look"}),
    ("PATCH", SNAPSHOT, {"snapshot": {"expires_at": "2026-12-31T00:00:00Z"}}),
    *(
        ("GET", path, None)
        for path in ("", "/branches", "/endpoints", "/operations", "/snapshots", ROLES, DATABASES)
    ),
)
"""Requests whose answers have between them every field that ours have."""
RESTORED = {"source_branch_id": PRODUCTION}
# Operations as the example answers of Neon's reference have them, each by the request.
OPERATIONS: dict[str, tuple[str, str, Json | None, tuple[str, ...]]] = {
    "create a branch": (
        *("POST", "/branches", {"branch": {"name": "feature"}}),
        ("create_branch", "timeline_update_protected_config"),
    ),
    "restore a child": (
        *("POST", f"/branches/{DEVELOPMENT}/restore", RESTORED),
        ("suspend_compute", "create_branch", "delete_timeline"),
    ),
    "delete a branch": ("DELETE", f"/branches/{DEVELOPMENT}", None, ("delete_timeline",)),
    "create a snapshot": (
        *("POST", f"/branches/{PRODUCTION}/snapshot", None),
        ("create_branch", "timeline_archive"),
    ),
    "restore a snapshot": (
        *("POST", f"{SNAPSHOT}/restore", {"name": "look"}),
        ("timeline_unarchive", "create_branch", "start_compute"),
    ),
}
# The state of the branch in three of these answers.
STATES = {
    "create a branch": ("current_state", "init"),
    "restore a child": ("current_state", "resetting"),
    "delete a branch": ("pending_state", "storage_deleted"),
}


def measure() -> Iterator[Result]:
    """Compare fields, operations, and the state of a branch in an answer."""
    ours, recorded = _ours(), _recorded(read())
    for entity, names in sorted(recorded.items()):
        for name in sorted(names):
            yield _result("fields", f"{entity}.{name}", name in ours[entity], "no answer has it")
    for request, (method, path, body, actions) in OPERATIONS.items():
        answer = _send(method, path, body)
        found = tuple(one["action"] for one in answer.get("operations", ()))
        yield _result("operations", request, found == actions, f"{found}, not {actions}")
        if request in STATES:
            name, state = STATES[request]
            shown = answer["branch"].get(name)
            yield _result("states", request, shown == state, f"{name} {shown}, not {state}")


def _result(client: str, tried: str, is_as_neon: bool, said: str) -> Result:
    if is_as_neon:
        return Result(client, tried, Outcome.PASSED)
    return Result(client, tried, Outcome.FAILED, said)


def _prepared() -> Harness:
    harness = Harness()
    harness.do("POST", f"/branches/{PRODUCTION}/snapshot")
    return harness


def _send(method: str, path: str, body: Json | None) -> Any:
    response = _prepared().ask(method, path, body)
    assert response.is_success, response.text
    return response.json()


def _entities(answer: Any, collected: dict[str, set[str]]) -> None:
    """Collect the fields of each entity in an answer."""
    for field, value in answer.items():
        if entity := ENTITIES.get(field):
            for one in value if isinstance(value, list) else [value]:
                # A member of an organization has a role that is only a name.
                if isinstance(one, dict):
                    collected[entity] |= one.keys()


def _ours() -> dict[str, set[str]]:
    """Return the fields of each entity, of the answers to all that a client can ask for."""
    harness = _prepared()
    collected: dict[str, set[str]] = defaultdict(set)
    for method, path, body in ASKED:
        response = harness.ask(method, path, body)
        assert response.is_success, response.text
        _entities(response.json(), collected)
        harness.run_until_idle()
    _entities(harness.http.get("/projects").json(), collected)
    return collected


def _recorded(document: Json) -> dict[str, set[str]]:
    """Return the fields that each entity has to have, or has in an example of the document."""
    schemas = document["components"]["schemas"]
    collected: dict[str, set[str]] = {
        entity: {
            *schemas[entity]["required"],
            *schemas[entity].get("example", ()),
            *SEEN.get(entity, ()),
        }
        for entity in ENTITIES.values()
    }
    responses = (
        response
        for path in document["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
        for response in operation.get("responses", {}).values()
    )
    for response in responses:
        content = response.get("content", {}).get("application/json", {})
        examples = content.get("examples", {"": {"value": content.get("example")}})
        for example in examples.values():
            if isinstance(example.get("value"), dict):
                _entities(example["value"], collected)
    return collected
