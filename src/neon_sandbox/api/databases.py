"""Handlers for databases, roles and connection URIs."""

from neon_sandbox.api import request_bodies, responses
from neon_sandbox.api.connection_uri import password, uri
from neon_sandbox.api.request import Answer, ApiRequest
from neon_sandbox.api.request_bodies import or_none, reject_unsupported
from neon_sandbox.model import Branch, Database, Operation, Role, databases_and_roles, rules
from neon_sandbox.model.state import find


def list_databases(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/branches/{branch_id}/databases``."""
    branch = call.branch()
    found = branch.databases.values()
    return 200, {"databases": [responses.database(branch, database) for database in found]}


def get_database(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/branches/{branch_id}/databases/{database_name}``."""
    branch = call.branch()
    database = find(branch.databases, call.path["database_name"], "database")
    return 200, {"database": responses.database(branch, database)}


def create_database(call: ApiRequest) -> Answer:
    """``POST /projects/{project_id}/branches/{branch_id}/databases``."""
    new = call.body(request_bodies.CreateDatabase).database
    branch = call.branch()
    database, operations = databases_and_roles.create_database(
        call.model, branch, new.name, new.owner_name
    )
    return 201, _changed_database(call, branch, database, operations)


def update_database(call: ApiRequest) -> Answer:
    """``PATCH /projects/{project_id}/branches/{branch_id}/databases/{database_name}``."""
    change = call.body(request_bodies.UpdateDatabase).database
    branch = call.branch()
    database, operations = databases_and_roles.update_database(
        call.model,
        branch,
        call.path["database_name"],
        new_name=or_none(change.name) or "",
        owner=or_none(change.owner_name) or "",
    )
    return 200, _changed_database(call, branch, database, operations)


def delete_database(call: ApiRequest) -> Answer:
    """``DELETE …/databases/{database_name}``; 204 if the database does not exist."""
    branch, name = call.branch(), call.path["database_name"]
    if name not in branch.databases:
        return 204, None
    database, operations = databases_and_roles.delete_database(call.model, branch, name)
    return 200, _changed_database(call, branch, database, operations)


def list_roles(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/branches/{branch_id}/roles``."""
    branch = call.branch()
    return 200, {"roles": [responses.role(branch, role) for role in branch.roles.values()]}


def get_role(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/branches/{branch_id}/roles/{role_name}``."""
    branch = call.branch()
    return 200, {"role": responses.role(branch, _role(branch, call.path["role_name"]))}


def create_role(call: ApiRequest) -> Answer:
    """``POST /projects/{project_id}/branches/{branch_id}/roles``."""
    new = call.body(request_bodies.CreateRole).role
    reject_unsupported(new.no_login, "roles that cannot log in")
    branch = call.branch()
    role, operations = databases_and_roles.create_role(call.model, branch, new.name)
    return 201, _changed_role(call, branch, role, operations, with_password=True)


def delete_role(call: ApiRequest) -> Answer:
    """``DELETE …/roles/{role_name}``; 204 if the role does not exist."""
    branch, name = call.branch(), call.path["role_name"]
    if name not in branch.roles:
        return 204, None
    role, operations = databases_and_roles.delete_role(call.model, branch, name)
    return 200, _changed_role(call, branch, role, operations)


def reset_password(call: ApiRequest) -> Answer:
    """``POST …/roles/{role_name}/reset_password``."""
    branch = call.branch()
    role, operations = databases_and_roles.reset_password(
        call.model, branch, call.path["role_name"]
    )
    return 200, _changed_role(call, branch, role, operations, with_password=True)


def reveal_password(call: ApiRequest) -> Answer:
    """``GET …/roles/{role_name}/reveal_password``."""
    return 200, {"password": password(_role(call.branch(), call.path["role_name"]))}


def get_connection_uri(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/connection_uri``."""
    model = call.model
    branch_id = call.query.get("branch_id")
    branch = model.branch(branch_id) if branch_id else model.default_branch()
    database = find(branch.databases, call.required("database_name"), "database")
    role = _role(branch, call.required("role_name"))
    endpoint_id = call.query.get("endpoint_id")
    if endpoint_id:
        endpoint = find(model.endpoints, endpoint_id, "endpoint")
        if endpoint.branch_id != branch.id:
            raise rules.not_found("endpoint")
    else:
        writable = [one for one in model.endpoints_of(branch) if one.type == "read_write"]
        if not writable:
            raise rules.no_compute()
        endpoint = writable[0]
    return 200, {"uri": uri(endpoint, role, database.name, pooled=call.boolean("pooled"))}


def _changed_database(
    call: ApiRequest, branch: Branch, database: Database, operations: list[Operation]
) -> responses.Json:
    return {
        "database": responses.database(branch, database),
        "operations": responses.operations(call.model, operations),
    }


def _changed_role(
    call: ApiRequest,
    branch: Branch,
    role: Role,
    operations: list[Operation],
    *,
    with_password: bool = False,
) -> responses.Json:
    return {
        "role": responses.role(branch, role, with_password=with_password),
        "operations": responses.operations(call.model, operations),
    }


def _role(branch: Branch, name: str) -> Role:
    return find(branch.roles, name, "role")
