"""Time Travel Assist: read-only computes at past points of a branch.

Each point gets a separate ephemeral compute, which stops after a time without a query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_sandbox.model import assumptions, history
from neon_sandbox.model.entities import EphemeralCompute
from neon_sandbox.model.operation_queue import OperationQueue

if TYPE_CHECKING:
    from datetime import datetime

    from neon_sandbox.model.entities import Branch, Operation
    from neon_sandbox.model.state import State


def computes(model: State) -> list[EphemeralCompute]:
    """Return the ephemeral computes that have not stopped."""
    return [compute for compute, _ in model.ephemeral.values()]


def start(model: State, branch_id: str, options: str) -> EphemeralCompute:
    """Start a compute on a branch at the point that the connection options name.

    Returns the existing compute if one shows the same point already. Raises `ApiError` with 404
    for an unknown branch, and for a point that is not available.
    """
    model.tick()
    branch = model.branch(branch_id)
    timestamp, lsn = _read_options(options)
    position = history.resolve(model, branch, timestamp, lsn)
    if position is None:
        raise assumptions.malformed_point(options)
    for compute in computes(model):
        if (compute.branch_id, compute.position) == (branch_id, position):
            touch(model, compute.id)
            return compute
    compute_id = model.next_id("travel")
    job = model.storage.start_ephemeral(compute_id, branch.id, position)
    # A separate queue, so that Time Travel does not block the project's operations.
    queue = OperationQueue(model.operation_durations)
    now = model.now()
    operations = _record(model, branch_id, assumptions.EPHEMERAL_START, now)
    queue.schedule(operations, now, job, _nothing)
    ready_at = queue.ends_at() or now
    compute = EphemeralCompute(compute_id, branch_id, position, ready_at, ready_at)
    model.ephemeral[compute_id] = (compute, queue)
    return compute


def touch(model: State, compute_id: str) -> None:
    """Record a query, which keeps the compute running.

    Raises `ApiError` with 404 if the compute has stopped.
    """
    model.tick()
    if compute_id not in model.ephemeral:
        raise assumptions.not_found("time travel compute")
    compute, _ = model.ephemeral[compute_id]
    compute.last_query_at = max(compute.last_query_at, model.now())


def advance(model: State, now: datetime) -> None:
    """Stop the ephemeral computes that have reached the idle timeout."""
    for compute, queue in list(model.ephemeral.values()):
        queue.advance(now)
        stops_at = compute.last_query_at + model.ephemeral_idle_timeout
        if now >= stops_at:
            _stop(model, compute, stops_at)
    for queue in model.ephemeral_stopping:
        queue.advance(now)
    model.ephemeral_stopping = [queue for queue in model.ephemeral_stopping if queue.busy]


def stop_all(model: State, branch: Branch) -> None:
    """Stop all ephemeral computes of a branch."""
    now = model.now()
    for compute in computes(model):
        if compute.branch_id == branch.id:
            _stop(model, compute, now)


def _stop(model: State, compute: EphemeralCompute, at: datetime) -> None:
    _, queue = model.ephemeral.pop(compute.id)
    job = model.storage.stop_ephemeral(compute.id)
    operations = _record(model, compute.branch_id, assumptions.EPHEMERAL_STOP, at)
    queue.schedule(operations, at, job, _nothing)
    model.ephemeral_stopping.append(queue)


def _record(
    model: State, branch_id: str, actions: tuple[str, ...], at: datetime
) -> list[Operation]:
    return [model.record_operation(action, branch_id, None, at) for action in actions]


def _read_options(options: str) -> tuple[str | None, str | None]:
    """Return the timestamp and the LSN that the options name."""
    found: dict[str, str] = {}
    for option in options.split():
        key, _, value = option.partition(":")
        found[key] = value
    return found.get("neon_timestamp"), found.get("neon_lsn")


def _nothing(_: datetime) -> None:
    """Do nothing: no state changes when an ephemeral compute has started or stopped."""
