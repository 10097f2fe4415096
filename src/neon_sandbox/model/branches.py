"""Creates, changes and deletes branches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from neon_sandbox.errors import ApiError
from neon_sandbox.model import assumptions, history, time_travel
from neon_sandbox.model.entities import Branch, Database, EndpointType, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from neon_sandbox.model.entities import Endpoint, Operation
    from neon_sandbox.model.state import State
    from neon_sandbox.points import Position


def create(
    model: State,
    *,
    name: str = "",
    parent_id: str = "",
    timestamp: str | None = None,
    lsn: str | None = None,
    endpoints: Sequence[EndpointType] = (),
    schema_only: bool = False,
    protected: bool = False,
    annotation: dict[str, str] | None = None,
    label: str = "sandbox",
) -> tuple[Branch, list[Endpoint], list[Operation]]:
    """Create a branch from a parent, by default the default branch, at a point or at the head.

    A schema-only branch is a root branch. The ids of the branch and its endpoints contain the
    label. Raises `ApiError` for an unknown parent, a name that is taken or invalid, a point that
    is not available, and a second read-write compute.
    """
    parent = model.branch(parent_id) if parent_id else model.default_branch()
    model.require_idle()
    if name:
        check_name(name)
        model.require_free_name(name)
    if endpoints.count("read_write") > 1:
        raise assumptions.bad_request("a branch has one read_write endpoint at most")
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
        current_state="init",
        pending_state="ready",
        init_source="schema-only" if schema_only else "parent-data",
        deletable_root=schema_only,
        databases=copy_databases(parent, at),
        roles=copy_roles(parent),
        annotation=annotation or {},
    )
    model.branches[branch.id] = branch
    computes = [model.add_endpoint(branch, kind, label) for kind in endpoints]
    operations = model.schedule(
        branch,
        assumptions.BRANCH_OPERATIONS,
        job=job,
        then=lambda finished: make_ready(model, branch, finished),
    )
    return branch, computes, operations


def update(
    model: State, branch_id: str, *, name: str | None = None, protected: bool | None = None
) -> Branch:
    """Rename a branch, or change its protection.

    Raises `ApiError` for a name that is taken or invalid.
    """
    branch = model.branch(branch_id)
    model.require_idle()
    if name is not None and name != branch.name:
        check_name(name)
        model.require_free_name(name)
        branch.name = name
    if protected is not None:
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
    """Delete a branch and its computes.

    Raises `ApiError` for a protected branch, the default branch, a branch with children, and a
    root branch without ``deletable_root``.
    """
    branch = model.branch(branch_id)
    model.require_idle()
    check_deletable(model, branch)
    time_travel.stop_all(model, branch)
    operations = model.schedule(
        branch,
        assumptions.DELETE_OPERATIONS,
        job=model.storage.delete(branch.id),
        then=lambda finished: None,
    )
    for endpoint in model.endpoints_of(branch):
        model.storage.close_endpoint(endpoint.id)
        del model.endpoints[endpoint.id]
    del model.branches[branch.id]
    return branch, operations


def check_deletable(model: State, branch: Branch) -> None:
    """Raise `ApiError` if a branch cannot be deleted, regardless of running operations."""
    if branch.protected:
        raise ApiError(422, "cannot delete protected branch")
    if branch.default:
        raise assumptions.cannot_delete("it is the default branch")
    if model.children(branch):
        raise assumptions.cannot_delete("it has children")
    if branch.is_root and not branch.deletable_root:
        raise assumptions.cannot_delete("it is a root branch")


def check_name(name: str) -> None:
    """Raise `ApiError` if a branch name is too short or too long."""
    if not 1 <= len(name) <= 256:
        raise assumptions.bad_request("a branch name has 1 to 256 characters")


def copy_databases(branch: Branch, at: Position | None) -> dict[str, Database]:
    """Return copies of the databases that a branch had at a position, or has for ``None``."""
    found = history.databases_at(branch, at)
    return {name: replace(database) for name, database in found.items()}


def copy_roles(branch: Branch) -> dict[str, Role]:
    """Return copies of the roles of a branch."""
    return {name: replace(role) for name, role in branch.roles.items()}


def make_ready(model: State, branch: Branch, at: datetime) -> None:
    """Mark a branch as ready and its computes as active."""
    branch.current_state, branch.pending_state = "ready", None
    branch.state_changed_at = branch.updated_at = at
    for endpoint in model.endpoints_of(branch):
        endpoint.current_state, endpoint.pending_state = "active", None
        endpoint.started_at = endpoint.updated_at = at
