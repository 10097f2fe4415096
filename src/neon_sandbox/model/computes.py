"""Creates, changes, starts, suspends and deletes computes."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from neon_sandbox.model import rules
from neon_sandbox.model.entities import Endpoint, EndpointOptions, EndpointType, Operation
from neon_sandbox.model.operation_queue import AllOf
from neon_sandbox.model.state import State, find

EndpointOperations = tuple[Endpoint, list[Operation]]
"""A compute and the operations on it, by the name that the OpenAPI document gives them."""


def checked(options: EndpointOptions) -> EndpointOptions:
    """Return the options; raise `ApiError` for ones that Neon refuses.

    [rule: compute-size] [rule: suspend-timeout]
    """
    if options.autoscaling_limit_min_cu > options.autoscaling_limit_max_cu:
        raise rules.compute_size()
    if 0 < options.suspend_timeout_seconds < 60:
        raise rules.suspend_timeout()
    return options


def create(
    model: State, branch_id: str, kind: EndpointType, options: EndpointOptions
) -> EndpointOperations:
    """Add a compute to a branch, which can be a backup branch.

    [rule: second-read-write] [rule: disabled-stays-idle]
    """
    branch = model.branch(branch_id)
    model.require_idle()
    if kind == "read_write" and any(one.type == kind for one in model.endpoints_of(branch)):
        raise rules.second_read_write()
    endpoint = model.add_endpoint(branch, kind, options=checked(options))
    if options.disabled:
        return _suspend(model, endpoint, rules.COMPUTE_SUSPEND_OPERATIONS)
    return _start(model, endpoint)


def update(model: State, endpoint_id: str, changes: dict[str, Any]) -> EndpointOperations:
    """Change the options of a compute. A compute that is disabled is suspended."""
    endpoint = find(model.endpoints, endpoint_id, "endpoint")
    model.require_idle()
    options = checked(replace(endpoint.options, **changes))
    if options.disabled and not endpoint.options.disabled:
        endpoint.options = options
        return _suspend(model, endpoint, rules.COMPUTE_DISABLE_OPERATIONS)
    endpoint.options, endpoint.updated_at = options, model.now()
    branch = model.branches[endpoint.branch_id]
    return endpoint, model.schedule(branch, rules.CONFIG_OPERATIONS, job=None, endpoint=endpoint)


def delete(model: State, endpoint_id: str) -> EndpointOperations:
    """Delete a compute, and end the connections to it."""
    endpoint = find(model.endpoints, endpoint_id, "endpoint")
    model.require_idle()
    answer = _suspend(model, endpoint, rules.COMPUTE_SUSPEND_OPERATIONS)
    model.storage.close_endpoint(endpoint.id)
    del model.endpoints[endpoint.id]
    return answer


def start(model: State, endpoint_id: str) -> EndpointOperations:
    """Start a compute; one that is active stays so. [rule: start-active]"""
    endpoint = find(model.endpoints, endpoint_id, "endpoint")
    model.require_idle()
    return (endpoint, []) if endpoint.current_state == "active" else _start(model, endpoint)


def suspend(model: State, endpoint_id: str) -> EndpointOperations:
    """Suspend a compute, and end the connections to it. [rule: start-active]"""
    endpoint = find(model.endpoints, endpoint_id, "endpoint")
    model.require_idle()
    if endpoint.current_state == "idle":
        return endpoint, []
    return _suspend(model, endpoint, rules.COMPUTE_SUSPEND_OPERATIONS)


def restart(model: State, endpoint_id: str) -> EndpointOperations:
    """Suspend a compute, and start it again at once."""
    endpoint = find(model.endpoints, endpoint_id, "endpoint")
    model.require_idle()
    return _start(model, endpoint, restart=True)


def wake(model: State, endpoint_id: str) -> None:
    """Start a suspended compute, as a connection does. [rule: start-on-connect]"""
    model.tick()
    endpoint = find(model.endpoints, endpoint_id, "endpoint")
    if endpoint.options.disabled:
        raise rules.compute_disabled()
    if (endpoint.pending_state or endpoint.current_state) == "idle":
        _start(model, endpoint)


def begin_anew(endpoint: Endpoint, at: datetime) -> None:
    """Mark a compute as starting on other data; a disabled one stays idle.

    [rule: disabled-stays-idle]
    """
    if not endpoint.options.disabled:
        endpoint.current_state, endpoint.pending_state = "init", "active"
        endpoint.updated_at = at


def started(endpoint: Endpoint, at: datetime) -> None:
    """Mark a compute as active, unless it is disabled."""
    if not endpoint.options.disabled:
        endpoint.current_state, endpoint.pending_state = "active", None
        endpoint.started_at = endpoint.updated_at = at


def _start(model: State, endpoint: Endpoint, *, restart: bool = False) -> EndpointOperations:
    if endpoint.options.disabled:
        raise rules.compute_disabled()
    branch = model.branches[endpoint.branch_id]
    job = model.storage.suspend_endpoint(endpoint.id) if restart else None
    start = model.storage.start_endpoint(endpoint.id)
    steps = rules.COMPUTE_RESTART_OPERATIONS if restart else rules.COMPUTE_START_OPERATIONS
    endpoint.pending_state, endpoint.updated_at = "active", model.now()
    return endpoint, model.schedule(
        branch,
        steps,
        job=AllOf(job, start) if job else start,
        then=partial(started, endpoint),
        endpoint=endpoint,
    )


def _suspend(
    model: State, endpoint: Endpoint, steps: tuple[tuple[str, bool], ...]
) -> EndpointOperations:
    branch = model.branches[endpoint.branch_id]
    job = model.storage.suspend_endpoint(endpoint.id)
    endpoint.pending_state, endpoint.updated_at = "idle", model.now()
    then = partial(_suspended, endpoint)
    return endpoint, model.schedule(branch, steps, job=job, then=then, endpoint=endpoint)


def _suspended(endpoint: Endpoint, at: datetime) -> None:
    # A connection may have begun to start it again.
    pending = None if endpoint.pending_state == "idle" else endpoint.pending_state
    endpoint.current_state, endpoint.pending_state = "idle", pending
    endpoint.suspended_at = endpoint.updated_at = at
