"""The table of all routes of the API, with their handlers."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from neon_sandbox.api import branches, databases, endpoints, projects, schema_diff, snapshots
from neon_sandbox.api.request import Answer, ApiRequest

_PROJECT = "/projects/{project_id}"
_BRANCH = f"{_PROJECT}/branches/{{branch_id}}"
_ENDPOINT = f"{_PROJECT}/endpoints/{{endpoint_id}}"
_DATABASE = f"{_BRANCH}/databases/{{database_name}}"
_ROLE = f"{_BRANCH}/roles/{{role_name}}"
_SNAPSHOT = f"{_PROJECT}/snapshots/{{snapshot_id}}"


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))


@dataclass(frozen=True)
class Route:
    """A method, a path template of the official OpenAPI document, and a handler."""

    method: str
    template: str
    handler: Callable[[ApiRequest], Answer]

    @property
    def name(self) -> str:
        """The name of the route: that of its handler."""
        return self.handler.__name__

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The template as a pattern with a named group for each parameter."""
        return _pattern(self.template)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/projects", projects.list_projects),
    Route("GET", "/projects/shared", projects.list_shared_projects),
    Route("GET", _PROJECT, projects.get_project),
    Route("PATCH", _PROJECT, projects.update_project),
    Route("GET", f"{_PROJECT}/operations", projects.list_operations),
    Route("GET", f"{_PROJECT}/operations/{{operation_id}}", projects.get_operation),
    Route("GET", f"{_PROJECT}/connection_uri", databases.get_connection_uri),
    Route("GET", f"{_PROJECT}/endpoints", endpoints.list_endpoints),
    Route("POST", f"{_PROJECT}/endpoints", endpoints.create_endpoint),
    Route("GET", _ENDPOINT, endpoints.get_endpoint),
    Route("PATCH", _ENDPOINT, endpoints.update_endpoint),
    Route("DELETE", _ENDPOINT, endpoints.delete_endpoint),
    Route("POST", f"{_ENDPOINT}/start", endpoints.start_endpoint),
    Route("POST", f"{_ENDPOINT}/suspend", endpoints.suspend_endpoint),
    Route("POST", f"{_ENDPOINT}/restart", endpoints.restart_endpoint),
    Route("GET", f"{_PROJECT}/branches", branches.list_branches),
    Route("POST", f"{_PROJECT}/branches", branches.create_branch),
    Route("GET", f"{_PROJECT}/branches/count", branches.count_branches),
    Route("GET", _BRANCH, branches.get_branch),
    Route("PATCH", _BRANCH, branches.update_branch),
    Route("DELETE", _BRANCH, branches.delete_branch),
    Route("POST", f"{_BRANCH}/restore", branches.restore_branch),
    Route("POST", f"{_BRANCH}/set_as_default", branches.set_default_branch),
    Route("GET", f"{_BRANCH}/schema", schema_diff.get_schema),
    Route("GET", f"{_BRANCH}/compare_schema", schema_diff.compare_schema),
    Route("GET", f"{_BRANCH}/endpoints", endpoints.list_branch_endpoints),
    Route("GET", f"{_BRANCH}/databases", databases.list_databases),
    Route("POST", f"{_BRANCH}/databases", databases.create_database),
    Route("GET", _DATABASE, databases.get_database),
    Route("PATCH", _DATABASE, databases.update_database),
    Route("DELETE", _DATABASE, databases.delete_database),
    Route("GET", f"{_BRANCH}/roles", databases.list_roles),
    Route("POST", f"{_BRANCH}/roles", databases.create_role),
    Route("GET", _ROLE, databases.get_role),
    Route("DELETE", _ROLE, databases.delete_role),
    Route("GET", f"{_ROLE}/reveal_password", databases.reveal_password),
    Route("POST", f"{_ROLE}/reset_password", databases.reset_password),
    Route("POST", f"{_BRANCH}/snapshot", snapshots.create_snapshot),
    Route("POST", f"{_BRANCH}/finalize_restore", snapshots.finalize_restore),
    Route("GET", f"{_BRANCH}/backup_schedule", snapshots.get_schedule),
    Route("PUT", f"{_BRANCH}/backup_schedule", snapshots.set_schedule),
    Route("GET", f"{_PROJECT}/snapshots", snapshots.list_snapshots),
    Route("PATCH", _SNAPSHOT, snapshots.update_snapshot),
    Route("DELETE", _SNAPSHOT, snapshots.delete_snapshot),
    Route("POST", f"{_SNAPSHOT}/restore", snapshots.restore_snapshot),
    Route("GET", "/users/me", projects.get_me),
    Route("GET", "/users/me/organizations", projects.list_organizations),
)
"""The routes in matching order: a fixed path comes before a template that also matches it."""


@cache
def documented() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """Return method, path and id of each operation of the OpenAPI document, in matching order.

    ``tools.openapi_operations`` writes the list.
    """
    lines = files("neon_sandbox.api").joinpath("operations.txt").read_text("utf-8").splitlines()
    return tuple(
        (method, _pattern(template), operation_id)
        for method, template, operation_id in map(str.split, lines)
    )
