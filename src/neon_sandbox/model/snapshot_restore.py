"""Restores a snapshot to a new branch, which replaces its target at once or when finalized."""

from functools import partial

from neon_sandbox.model import computes, rules, snapshots
from neon_sandbox.model.branches import finish_restore, make_ready
from neon_sandbox.model.entities import Branch, Endpoint, Operation, Snapshot
from neon_sandbox.model.operation_queue import AllOf
from neon_sandbox.model.state import State
from neon_sandbox.storage import Job


def restore(
    model: State,
    snapshot: Snapshot,
    *,
    name: str = "",
    target_id: str | None = None,
    at_once: bool = False,
) -> tuple[Branch, list[Endpoint], list[Operation]]:
    """Create a root branch from a snapshot; with ``at_once``, replace the target with it.

    [rule: snapshot-root]

    The target is by default the snapshot's source branch; that it was deleted is an error only
    with ``at_once``. Without ``at_once`` the new branch gets a separate compute.
    """
    model.require_idle()
    model.require_room(root=True)
    if target_id is None:
        target_id = snapshot.source.id
        gone = target_id not in model.branches
        target = None if gone and not at_once else model.branch(target_id)
    else:
        target = model.branch(target_id)
    taken = {branch.name for branch in model.branches.values()}
    # With ``at_once`` the new branch gets the name of its target, and ``name`` is ignored.
    if name and not at_once:
        model.require_free_name(name)
    new = _new(model, snapshot, name or rules.preview_name(snapshot.name, taken), target)
    job: Job = model.storage.fork(new.id, snapshot.id, None)
    model.branches[new.id] = new
    if at_once and target:
        old_name = rules.old_name(target.name, taken)
        job = AllOf(job, _replace(model, new, target, old_name))
    else:
        model.add_endpoint(new, "read_write")
    operations = model.schedule(
        new,
        rules.ONE_STEP_RESTORE_OPERATIONS if at_once else rules.PREVIEW_OPERATIONS,
        first=snapshots.operations_on(model, snapshot, rules.SNAPSHOT_RESTORE_OPERATIONS),
        job=job,
        then=partial(finish_restore, model, new, snapshot.position),
    )
    return new, model.endpoints_of(new), operations


def finalize(model: State, branch_id: str, *, old_name: str = "") -> list[Operation]:
    """Replace the target with a preview, and rename the target."""
    branch = model.branch(branch_id)
    model.require_idle()
    if branch.restore_status is None:
        raise rules.nothing_to_finalize("the branch was not restored from a snapshot")
    if branch.restore_status == "finalized":
        raise rules.nothing_to_finalize("it has been finalized")
    target = model.branches.get(branch.restored_as or "")
    if target is None:
        raise rules.nothing_to_finalize("the branch to replace is gone")
    if old_name:
        model.require_free_name(old_name)
    taken = {other.name for other in model.branches.values()}
    job = _replace(model, branch, target, old_name or rules.old_name(target.name, taken))
    ready = partial(make_ready, model, branch)
    return model.schedule(branch, rules.FINALIZE_OPERATIONS, job=job, then=ready)


def _new(model: State, snapshot: Snapshot, name: str, target: Branch | None) -> Branch:
    now = model.now()
    return Branch(
        id=model.next_id("br"),
        name=name,
        created_at=now,
        updated_at=now,
        state_changed_at=now,
        history_since=now,
        deletable_root=True,
        databases=dict(snapshot.databases),
        roles=dict(snapshot.roles),
        restored_from=snapshot.id,
        restored_as=target.id if target else None,
        restore_status="restored",
    )


def _replace(model: State, new: Branch, old: Branch, old_name: str) -> Job:
    now = model.now()
    for endpoint in model.endpoints_of(new):
        model.storage.close_endpoint(endpoint.id)
        del model.endpoints[endpoint.id]
    job = model.storage.move_endpoints(old.id, new.id)
    for endpoint in model.endpoints_of(old):
        endpoint.branch_id = new.id
        computes.begin_anew(endpoint, now)
    new.name, old.name = old.name, old_name
    new.default, old.default = old.default, False
    new.protected, old.protected = old.protected, False
    new.schedule, old.schedule = old.schedule, ()
    # A replaced root branch can be deleted, and the new branch if its target could be.
    new.deletable_root = old.deletable_root or not old.is_root
    old.deletable_root = True
    new.roles |= old.roles
    new.restore_status = "finalized"
    new.updated_at = old.updated_at = now
    return job
