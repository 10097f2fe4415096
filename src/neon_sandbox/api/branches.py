"""Handlers for branches."""

from neon_sandbox.api import pagination, request_bodies, responses
from neon_sandbox.api.connection_uri import uri
from neon_sandbox.api.request import Answer, ApiRequest
from neon_sandbox.api.request_bodies import or_none, reject_unsupported
from neon_sandbox.model import Branch, EndpointOptions, branches, rules
from neon_sandbox.model.computes import checked
from neon_sandbox.model.restore import restore


def list_branches(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/branches``."""
    if call.boolean("include_deleted"):
        raise rules.not_simulated("the recovery of deleted branches")
    shown, page = pagination.page_of_branches(
        _matching(call),
        sort_by=call.choice("sort_by", pagination.SORTS),
        order=call.choice("sort_order", pagination.ORDERS),
        cursor=call.query.get("cursor"),
        limit=call.integer("limit", 1, 10_000),
    )
    return 200, {
        "branches": [responses.branch(call.model, branch) for branch in shown],
        "annotations": {
            branch.id: responses.annotation(branch) for branch in shown if branch.annotation
        },
        "pagination": page,
    }


def count_branches(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/branches/count``."""
    return 200, {"count": len(_matching(call))}


def get_branch(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/branches/{branch_id}``."""
    branch = call.branch()
    return 200, {
        "branch": responses.branch(call.model, branch),
        "annotation": responses.annotation(branch),
    }


def create_branch(call: ApiRequest) -> Answer:
    """``POST /projects/{project_id}/branches``."""
    body = call.body(request_bodies.CreateBranch, optional=True)
    options = body.branch
    reject_unsupported(options.expires_at, "the expiry of branches")
    branch, endpoints, operations = branches.create(
        call.model,
        name=or_none(options.name) or "",
        parent_id=options.parent_id,
        timestamp=or_none(options.parent_timestamp),
        lsn=or_none(options.parent_lsn),
        endpoints=[(one.type, checked(EndpointOptions(**one.given()))) for one in body.endpoints],
        schema_only=options.init_source == "schema-only",
        protected=options.protected,
        archived=options.archived,
        annotation=body.annotation_value,
    )
    answer: responses.Json = {
        "branch": responses.branch(call.model, branch),
        "endpoints": [responses.endpoint(call.model, endpoint) for endpoint in endpoints],
        "operations": responses.operations(call.model, operations),
        "roles": [responses.role(branch, role) for role in branch.roles.values()],
        "databases": [responses.database(branch, one) for one in branch.databases.values()],
    }
    # With several roles or databases, Neon returns no URI and leaves the choice to the caller.
    roles = list(branch.roles.values())
    if endpoints and len(roles) == len(branch.databases) == 1 and roles[0].password:
        (role,) = roles
        (database,) = branch.databases
        answer["connection_uris"] = [
            {
                "connection_uri": uri(endpoints[0], role, database),
                "connection_parameters": {
                    "database": database,
                    "password": role.password,
                    "role": role.name,
                    "host": endpoints[0].host,
                    "pooler_host": endpoints[0].host,
                },
            }
        ]
    return 201, answer


def update_branch(call: ApiRequest) -> Answer:
    """``PATCH /projects/{project_id}/branches/{branch_id}``."""
    change = call.body(request_bodies.UpdateBranch).branch
    reject_unsupported(change.expires_at, "the expiry of branches")
    name, protected = or_none(change.name), or_none(change.protected)
    branch = branches.update(call.model, call.path["branch_id"], name=name, protected=protected)
    return 200, {"branch": responses.branch(call.model, branch), "operations": []}


def delete_branch(call: ApiRequest) -> Answer:
    """``DELETE /projects/{project_id}/branches/{branch_id}``; 204 if the branch does not exist."""
    call.boolean("hard_delete")
    branch_id = call.path["branch_id"]
    if branch_id not in call.model.branches:
        return 204, None
    branch, operations = branches.delete(call.model, branch_id)
    return 200, {
        "branch": responses.branch(call.model, branch),
        "operations": responses.operations(call.model, operations),
    }


def restore_branch(call: ApiRequest) -> Answer:
    """``POST /projects/{project_id}/branches/{branch_id}/restore``."""
    body = call.body(request_bodies.RestoreBranch)
    branch, operations = restore(
        call.model,
        call.path["branch_id"],
        body.source_branch_id,
        timestamp=or_none(body.source_timestamp),
        lsn=or_none(body.source_lsn),
        preserve_as=body.preserve_under_name,
    )
    return 200, {
        "branch": responses.branch(call.model, branch),
        "operations": responses.operations(call.model, operations),
    }


def set_default_branch(call: ApiRequest) -> Answer:
    """``POST /projects/{project_id}/branches/{branch_id}/set_as_default``."""
    branch = branches.set_default(call.model, call.path["branch_id"])
    return 200, {"branch": responses.branch(call.model, branch), "operations": []}


def _matching(call: ApiRequest) -> list[Branch]:
    """Return the branches with the query's search text in their name or id."""
    search = call.query.get("search", "")
    return [
        branch
        for branch in call.model.branches.values()
        if search in branch.name or search in branch.id
    ]
