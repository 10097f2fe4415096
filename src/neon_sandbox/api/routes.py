"""The table of all routes of the API, with their handlers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neon_sandbox.api import branches, databases, projects, schema_diff, snapshots

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_sandbox.api.request import Answer, ApiRequest

_PROJECT = "/projects/{project_id}"
_BRANCH = f"{_PROJECT}/branches/{{branch_id}}"
_SNAPSHOT = f"{_PROJECT}/snapshots/{{snapshot_id}}"


@dataclass(frozen=True, slots=True)
class Route:
    """A method, a path template of the official OpenAPI document, a handler and a name."""

    method: str
    template: str
    handler: Callable[[ApiRequest], Answer]
    name: str
    pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template))
        object.__setattr__(self, "pattern", pattern)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/projects", projects.list_projects, "list_projects"),
    Route("GET", "/projects/shared", projects.list_shared_projects, "list_shared_projects"),
    Route("GET", _PROJECT, projects.get_project, "get_project"),
    Route("PATCH", _PROJECT, projects.update_project, "update_project"),
    Route("GET", f"{_PROJECT}/operations", projects.list_operations, "list_operations"),
    Route(
        "GET",
        f"{_PROJECT}/operations/{{operation_id}}",
        projects.get_operation,
        "get_operation",
    ),
    Route("GET", f"{_PROJECT}/connection_uri", databases.get_connection_uri, "get_connection_uri"),
    Route("GET", f"{_PROJECT}/endpoints", databases.list_endpoints, "list_endpoints"),
    Route("GET", f"{_PROJECT}/endpoints/{{endpoint_id}}", databases.get_endpoint, "get_endpoint"),
    Route("GET", f"{_PROJECT}/branches", branches.list_branches, "list_branches"),
    Route("POST", f"{_PROJECT}/branches", branches.create_branch, "create_branch"),
    Route("GET", f"{_PROJECT}/branches/count", branches.count_branches, "count_branches"),
    Route("GET", _BRANCH, branches.get_branch, "get_branch"),
    Route("PATCH", _BRANCH, branches.update_branch, "update_branch"),
    Route("DELETE", _BRANCH, branches.delete_branch, "delete_branch"),
    Route("POST", f"{_BRANCH}/restore", branches.restore_branch, "restore_branch"),
    Route("POST", f"{_BRANCH}/set_as_default", branches.set_default_branch, "set_default_branch"),
    Route("GET", f"{_BRANCH}/schema", schema_diff.get_schema, "get_schema"),
    Route("GET", f"{_BRANCH}/compare_schema", schema_diff.compare_schema, "compare_schema"),
    Route("GET", f"{_BRANCH}/endpoints", databases.list_branch_endpoints, "list_branch_endpoints"),
    Route("GET", f"{_BRANCH}/databases", databases.list_databases, "list_databases"),
    Route("POST", f"{_BRANCH}/databases", databases.create_database, "create_database"),
    Route("GET", f"{_BRANCH}/databases/{{database_name}}", databases.get_database, "get_database"),
    Route("GET", f"{_BRANCH}/roles", databases.list_roles, "list_roles"),
    Route("POST", f"{_BRANCH}/roles", databases.create_role, "create_role"),
    Route("GET", f"{_BRANCH}/roles/{{role_name}}", databases.get_role, "get_role"),
    Route(
        "GET",
        f"{_BRANCH}/roles/{{role_name}}/reveal_password",
        databases.reveal_password,
        "reveal_password",
    ),
    Route("POST", f"{_BRANCH}/snapshot", snapshots.create_snapshot, "create_snapshot"),
    Route("POST", f"{_BRANCH}/finalize_restore", snapshots.finalize_restore, "finalize_restore"),
    Route("GET", f"{_BRANCH}/backup_schedule", snapshots.get_schedule, "get_schedule"),
    Route("PUT", f"{_BRANCH}/backup_schedule", snapshots.set_schedule, "set_schedule"),
    Route("GET", f"{_PROJECT}/snapshots", snapshots.list_snapshots, "list_snapshots"),
    Route("PATCH", _SNAPSHOT, snapshots.update_snapshot, "update_snapshot"),
    Route("DELETE", _SNAPSHOT, snapshots.delete_snapshot, "delete_snapshot"),
    Route("POST", f"{_SNAPSHOT}/restore", snapshots.restore_snapshot, "restore_snapshot"),
    Route("GET", "/users/me", projects.get_me, "get_me"),
    Route("GET", "/users/me/organizations", projects.list_organizations, "list_organizations"),
)
"""The routes in matching order: a fixed path comes before a template that also matches it."""
