"""Handlers for branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_sandbox import assumed
from neon_sandbox.api import answers, bodies, paging
from neon_sandbox.api.bodies import given, require_absent
from neon_sandbox.api.connection import uri
from neon_sandbox.model import branches
from neon_sandbox.model.restore import restore

if TYPE_CHECKING:
    from neon_sandbox.api.call import Answer, Call
    from neon_sandbox.model import Branch


def list_branches(call: Call) -> Answer:
    """``GET /projects/{project_id}/branches``."""
    if call.boolean("include_deleted"):
        raise assumed.not_simulated("the recovery of deleted branches")
    page = paging.page_of_branches(
        _matching(call),
        sort_by=call.choice("sort_by", paging.SORTS),
        order=call.choice("sort_order", paging.ORDERS),
        cursor=call.query.get("cursor"),
        limit=call.integer("limit", 1, 10_000),
    )
    pagination = {"sort_by": page.sort_by, "sort_order": page.order}
    return 200, {
        "branches": [answers.branch(call.model, branch) for branch in page.branches],
        "annotations": {
            branch.id: answers.annotation(branch) for branch in page.branches if branch.annotation
        },
        "pagination": pagination | ({"next": page.next} if page.next else {}),
    }


def count_branches(call: Call) -> Answer:
    """``GET /projects/{project_id}/branches/count``."""
    return 200, {"count": len(_matching(call))}


def get_branch(call: Call) -> Answer:
    """``GET /projects/{project_id}/branches/{branch_id}``."""
    branch = call.branch()
    return 200, {
        "branch": answers.branch(call.model, branch),
        "annotation": answers.annotation(branch),
    }


def create_branch(call: Call) -> Answer:
    """``POST /projects/{project_id}/branches``."""
    body = call.body(bodies.CreateBranch) if call.content else bodies.CreateBranch()
    options = body.branch
    require_absent(options.archived, "archived branches")
    require_absent(options.expires_at, "the expiry of branches")
    for endpoint in body.endpoints:
        require_absent(endpoint.settings, "settings of a compute")
    branch, endpoints, operations = branches.create(
        call.model,
        name=given(options.name) or "",
        parent_id=options.parent_id,
        timestamp=given(options.parent_timestamp),
        lsn=given(options.parent_lsn),
        endpoints=[endpoint.type for endpoint in body.endpoints],
        schema_only=options.init_source == "schema-only",
        protected=options.protected,
        annotation=body.annotation_value,
    )
    answer: answers.Json = {
        "branch": answers.branch(call.model, branch),
        "endpoints": [answers.endpoint(call.model, endpoint) for endpoint in endpoints],
        "operations": answers.operations(call.model, operations),
        "roles": [answers.role(branch, role) for role in branch.roles.values()],
        "databases": [answers.database(branch, one) for one in branch.databases.values()],
    }
    # With more than one role or database, Neon leaves the choice to the caller.
    if endpoints and len(branch.roles) == len(branch.databases) == 1:
        (role,) = branch.roles.values()
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


def update_branch(call: Call) -> Answer:
    """``PATCH /projects/{project_id}/branches/{branch_id}``."""
    change = call.body(bodies.UpdateBranch).branch
    require_absent(change.expires_at, "the expiry of branches")
    branch = branches.update(
        call.model,
        call.branch().id,
        name=given(change.name),
        protected=given(change.protected),
    )
    return 200, {"branch": answers.branch(call.model, branch), "operations": []}


def delete_branch(call: Call) -> Answer:
    """``DELETE /projects/{project_id}/branches/{branch_id}``; 204 for a branch that is gone."""
    call.boolean("hard_delete")
    if call.path["branch_id"] not in call.model.branches:
        return 204, None
    branch, operations = branches.delete(call.model, call.path["branch_id"])
    return 200, {
        "branch": answers.branch(call.model, branch),
        "operations": answers.operations(call.model, operations),
    }


def restore_branch(call: Call) -> Answer:
    """``POST /projects/{project_id}/branches/{branch_id}/restore``."""
    body = call.body(bodies.RestoreBranch)
    branch, operations = restore(
        call.model,
        call.path["branch_id"],
        body.source_branch_id,
        timestamp=given(body.source_timestamp),
        lsn=given(body.source_lsn),
        keep_as=body.preserve_under_name,
    )
    return 200, {
        "branch": answers.branch(call.model, branch),
        "operations": answers.operations(call.model, operations),
    }


def set_default_branch(call: Call) -> Answer:
    """``POST /projects/{project_id}/branches/{branch_id}/set_as_default``."""
    branch = branches.set_default(call.model, call.path["branch_id"])
    return 200, {"branch": answers.branch(call.model, branch), "operations": []}


def _matching(call: Call) -> list[Branch]:
    """Return the branches whose name or id holds what the query searches for."""
    search = call.query.get("search", "")
    return [
        branch
        for branch in call.model.branches.values()
        if search in branch.name or search in branch.id
    ]
