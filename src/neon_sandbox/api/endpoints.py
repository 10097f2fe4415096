"""Handlers for compute endpoints."""

from collections.abc import Callable, Iterable

from neon_sandbox.api import request_bodies, responses
from neon_sandbox.api.request import Answer, ApiRequest
from neon_sandbox.api.request_bodies import or_none, reject_unsupported
from neon_sandbox.model import Endpoint, EndpointOptions, Model, Operation, computes, rules
from neon_sandbox.model.state import find


def list_branch_endpoints(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/branches/{branch_id}/endpoints``."""
    return 200, _several(call, call.model.endpoints_of(call.branch()))


def list_endpoints(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/endpoints``."""
    return 200, _several(call, call.model.endpoints.values())


def get_endpoint(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/endpoints/{endpoint_id}``."""
    endpoint = find(call.model.endpoints, call.path["endpoint_id"], "endpoint")
    return 200, {"endpoint": responses.endpoint(call.model, endpoint)}


def create_endpoint(call: ApiRequest) -> Answer:
    """``POST /projects/{project_id}/endpoints``."""
    new = call.body(request_bodies.CreateEndpoint).endpoint
    if (or_none(new.region_id) or call.model.project.region) != call.model.project.region:
        raise rules.bad_request("a compute is in the region of its project")
    options = EndpointOptions(**new.given())
    return 201, _one(call, *computes.create(call.model, new.branch_id, new.type, options))


def update_endpoint(call: ApiRequest) -> Answer:
    """``PATCH /projects/{project_id}/endpoints/{endpoint_id}``."""
    change = call.body(request_bodies.UpdateEndpoint).endpoint
    reject_unsupported(change.branch_id, "moving a compute to another branch")
    changes = change.given()
    return 200, _one(call, *computes.update(call.model, call.path["endpoint_id"], changes))


def delete_endpoint(call: ApiRequest) -> Answer:
    """``DELETE /projects/{project_id}/endpoints/{endpoint_id}``; 204 if it does not exist."""
    if call.path["endpoint_id"] not in call.model.endpoints:
        return 204, None
    return _change(call, computes.delete)


def start_endpoint(call: ApiRequest) -> Answer:
    """``POST /projects/{project_id}/endpoints/{endpoint_id}/start``."""
    return _change(call, computes.start)


def suspend_endpoint(call: ApiRequest) -> Answer:
    """``POST /projects/{project_id}/endpoints/{endpoint_id}/suspend``."""
    return _change(call, computes.suspend)


def restart_endpoint(call: ApiRequest) -> Answer:
    """``POST /projects/{project_id}/endpoints/{endpoint_id}/restart``."""
    return _change(call, computes.restart)


def _change(
    call: ApiRequest, change: Callable[[Model, str], computes.EndpointOperations]
) -> Answer:
    return 200, _one(call, *change(call.model, call.path["endpoint_id"]))


def _one(call: ApiRequest, endpoint: Endpoint, operations: list[Operation]) -> responses.Json:
    return {
        "endpoint": responses.endpoint(call.model, endpoint),
        "operations": responses.operations(call.model, operations),
    }


def _several(call: ApiRequest, several: Iterable[Endpoint]) -> responses.Json:
    return {"endpoints": [responses.endpoint(call.model, one) for one in several]}
