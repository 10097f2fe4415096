"""Handlers for the project, its operations, and the owner of the API key."""

from neon_sandbox.api import pagination, request_bodies, responses
from neon_sandbox.api.request import Answer, ApiRequest
from neon_sandbox.api.request_bodies import or_none, reject_unsupported
from neon_sandbox.model.history import set_window
from neon_sandbox.model.state import find


def list_projects(call: ApiRequest) -> Answer:
    """``GET /projects``: the one project, if it matches the query."""
    call.integer("limit", 1, 400)
    call.integer("timeout", 100, 30_000)
    project = call.model.project
    search = call.query.get("search", "")
    found = (
        (search in project.name or search in project.id)
        and call.query.get("org_id", responses.ORGANIZATION_ID) == responses.ORGANIZATION_ID
        and call.query.get("cursor") != project.id
        and not call.boolean("recoverable")
    )
    return 200, {
        "projects": [responses.project_item(call.model)] if found else [],
        "applications": {},
        "integrations": {},
        **({"pagination": {"cursor": project.id}} if found else {}),
    }


def list_shared_projects(call: ApiRequest) -> Answer:
    """``GET /projects/shared``: always an empty list."""
    call.integer("limit", 1, 400)
    call.integer("timeout", 100, 30_000)
    return 200, {"projects": []}


def get_project(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}``."""
    return 200, {"project": responses.project(call.model)}


def update_project(call: ApiRequest) -> Answer:
    """``PATCH /projects/{project_id}``: update the name and the history window."""
    change = call.body(request_bodies.UpdateProject).project
    reject_unsupported(change.settings, "settings of a project")
    reject_unsupported(change.default_endpoint_settings, "settings of a project's computes")
    model = call.model
    model.require_idle()
    seconds = or_none(change.history_retention_seconds)
    if seconds is not None:
        set_window(model, seconds)
    model.project.name = or_none(change.name) or model.project.name
    model.project.updated_at = model.now()
    return 200, {"project": responses.project(model), "operations": []}


def list_operations(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/operations``, newest first."""
    found = pagination.page_of_operations(
        call.model.newest_operations(),
        call.query.get("cursor"),
        call.integer("limit", 1, 1000),
    )
    return 200, {
        "operations": responses.operations(call.model, found),
        **({"pagination": {"cursor": pagination.operation_cursor(found[-1])}} if found else {}),
    }


def get_operation(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/operations/{operation_id}``."""
    operation = find(call.model.operations, call.path["operation_id"], "operation")
    return 200, {"operation": responses.operation(call.model, operation)}


def get_me(call: ApiRequest) -> Answer:
    """``GET /users/me``."""
    return 200, {
        "active_seconds_limit": 0,
        "auth_accounts": [],
        "email": responses.EMAIL,
        "id": responses.OWNER_ID,
        "image": "",
        "login": "sandbox",
        "name": responses.NAME,
        "last_name": "",
        "projects_limit": 1,
        "branches_limit": 0,
        "max_autoscaling_limit": 2,
        "plan": call.model.project.plan.name,
    }


def list_organizations(call: ApiRequest) -> Answer:
    """``GET /users/me/organizations``."""
    project = call.model.project
    return 200, {
        "organizations": [
            {
                "id": responses.ORGANIZATION_ID,
                "name": "Sandbox",
                "handle": "sandbox",
                "plan": project.plan.name,
                "managed_by": "console",
                "created_at": responses.seconds(project.created_at),
                "updated_at": responses.seconds(project.created_at),
            }
        ]
    }
