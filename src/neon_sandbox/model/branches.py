"""Creates, changes and deletes branches."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from neon_sandbox.model import computes, history, rules, time_travel
from neon_sandbox.model.entities import (
    Branch,
    BranchState,
    Endpoint,
    EndpointOptions,
    EndpointType,
    Operation,
)
from neon_sandbox.model.state import State
from neon_sandbox.points import Position


def create(
    model: State,
    *,
    name: str = "",
    parent_id: str = "",
    timestamp: str | None = None,
    lsn: str | None = None,
    endpoints: Sequence[tuple[EndpointType, EndpointOptions]] = (),
    schema_only: bool = False,
    protected: bool = False,
    archived: bool = False,
    annotation: dict[str, str] | None = None,
    label: str = "sandbox",
) -> tuple[Branch, list[Endpoint], list[Operation]]:
    """Create a branch from a parent, by default the default branch, at a point or at the head.

    A schema-only branch is a root branch. The new ids contain the label. A branch with a compute is
    not archived. [rule: second-root] [rule: archived-creation]
    """
    parent = model.branch(parent_id) if parent_id else model.default_branch()
    model.require_idle()
    if name:
        model.require_free_name(name)
    model.require_room(root=schema_only, protected=protected)
    if sum(kind == "read_write" for kind, _ in endpoints) > 1:
        raise rules.second_read_write()
    point = history.resolve(model, parent, timestamp, lsn)
    at = point or model.storage.locate(parent.id, None)
    branch_id = model.next_id("br", label)
    job = model.storage.fork(branch_id, parent.id, point, schema_only=schema_only)
    now = model.now()
    branch = Branch(
        id=branch_id,
        name=name or branch_id.removeprefix("br-"),
        created_at=now,
        updated_at=now,
        state_changed_at=now,
        history_since=now,
        parent_id=None if schema_only else parent.id,
        parent_position=None if schema_only else at,
        protected=protected,
        init_source="schema-only" if schema_only else "parent-data",
        deletable_root=schema_only,
        databases=history.databases_at(parent, at),
        roles=history.roles_at(parent, at),
        annotation=annotation or {},
    )
    model.branches[branch.id] = branch
    added = [model.add_endpoint(branch, kind, label, options) for kind, options in endpoints]
    state: BranchState = "archived" if archived and not added else "ready"
    branch.pending_state = state
    operations = model.schedule(
        branch,
        (*rules.BRANCH_OPERATIONS, *(rules.ARCHIVE_OPERATIONS if state == "archived" else ())),
        job=job,
        then=partial(make_ready, model, branch, state=state),
        first=model.unarchive(parent),
    )
    return branch, added, operations


def update(
    model: State, branch_id: str, *, name: str | None = None, protected: bool | None = None
) -> Branch:
    """Rename a branch, or change its protection."""
    branch = model.branch(branch_id)
    model.require_idle()
    if name is not None and name != branch.name:
        model.require_free_name(name)
        branch.name = name
    if protected is not None:
        if protected and not branch.protected:
            model.require_protection()
            # Nothing but what unarchives it.
            model.schedule(branch, (), job=None)
        branch.protected = protected
    branch.updated_at = model.now()
    return branch


def set_default(model: State, branch_id: str) -> Branch:
    """Make a branch the default branch of the project."""
    branch = model.branch(branch_id)
    model.require_idle()
    model.default_branch().default = False
    branch.default = True
    branch.updated_at = model.now()
    return branch


def delete(model: State, branch_id: str) -> tuple[Branch, list[Operation]]:
    """Delete a branch and its computes, if `check_deletable` allows it."""
    branch = model.branch(branch_id)
    model.require_idle()
    check_deletable(model, branch)
    time_travel.stop_all(model, branch)
    job = model.storage.delete(branch.id)
    # Before its work is scheduled, which would unarchive it.
    del model.branches[branch.id]
    operations = model.schedule(branch, rules.DELETE_OPERATIONS, job=job)
    for endpoint in model.endpoints_of(branch):
        model.storage.close_endpoint(endpoint.id)
        del model.endpoints[endpoint.id]
    return branch, operations


def check_deletable(model: State, branch: Branch) -> None:
    """Raise `ApiError` if a branch cannot be deleted, regardless of running operations."""
    if branch.protected:
        raise rules.cannot_delete_protected()
    if branch.default:
        raise rules.cannot_delete_default()
    if children := model.children(branch):
        raise rules.cannot_delete_parent(children)
    if branch.is_root and not branch.deletable_root:
        raise rules.cannot_delete_root()


def make_ready(model: State, branch: Branch, at: datetime, state: BranchState = "ready") -> None:
    """Mark a branch as ready or archived, and its computes as active unless they are disabled."""
    branch.current_state, branch.pending_state = state, None
    branch.state_changed_at = branch.updated_at = at
    for endpoint in model.endpoints_of(branch):
        computes.started(endpoint, at)


def finish_restore(model: State, branch: Branch, position: Position | None, at: datetime) -> None:
    """Mark a restored branch as ready, at the position that its data was taken from."""
    branch.parent_position = position
    make_ready(model, branch, at)
