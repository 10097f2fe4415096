"""Time Travel Assist: read-only computes at past points of a branch, which stop when idle.

[rule: time-travel] [rule: time-travel-string]
"""

from datetime import datetime

from neon_sandbox.model import history, rules
from neon_sandbox.model.entities import Branch, EphemeralCompute, Operation
from neon_sandbox.model.operation_queue import OperationQueue
from neon_sandbox.model.state import State, find


def computes(model: State) -> list[EphemeralCompute]:
    """Return the ephemeral computes that have not stopped."""
    return [compute for compute, _ in model.ephemeral.values()]


def start(model: State, branch_id: str, options: str) -> EphemeralCompute:
    """Return a compute at the point that connection options name; start it unless there is one."""
    model.tick()
    branch = model.branch(branch_id)
    timestamp, lsn = _read_options(options)
    position = history.resolve(model, branch, timestamp, lsn)
    if position is None:
        raise rules.malformed_point(options)
    for compute in computes(model):
        if (compute.branch_id, compute.position) == (branch_id, position):
            touch(model, compute.id)
            return compute
    if len(model.ephemeral) >= rules.MOST_EPHEMERAL:
        raise rules.too_many_ephemeral(model.ephemeral_idle_timeout)
    compute_id = model.next_id("travel")
    job = model.storage.start_ephemeral(compute_id, branch.id, position)
    # A separate queue, so that Time Travel does not block the project's operations.
    queue = OperationQueue(model.operation_durations)
    now = model.now()
    started = _record(model, branch_id, rules.EPHEMERAL_START, now)
    queue.schedule([*model.unarchive(branch), *started], now, job)
    ready_at = queue.ends_at() or now
    compute = EphemeralCompute(compute_id, branch_id, position, ready_at, ready_at)
    model.ephemeral[compute_id] = (compute, queue)
    return compute


def touch(model: State, compute_id: str) -> None:
    """Record a query, which keeps the compute running; raise a 404 if it has stopped."""
    model.tick()
    compute, _ = find(model.ephemeral, compute_id, "time travel compute")
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
    queue.schedule(_record(model, compute.branch_id, rules.EPHEMERAL_STOP, at), at, job)
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
