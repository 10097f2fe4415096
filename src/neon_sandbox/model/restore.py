"""Restores a branch: replaces its data with the data of a source branch at a point in time."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from neon_sandbox.model import computes, history, rules
from neon_sandbox.model.branches import finish_restore
from neon_sandbox.model.entities import Branch, Operation
from neon_sandbox.model.state import State, find


def restore(
    model: State,
    branch_id: str,
    source_id: str,
    *,
    timestamp: str | None = None,
    lsn: str | None = None,
    preserve_as: str = "",
) -> tuple[Branch, list[Operation]]:
    """Replace a branch's data and schema with the source's, at a point or at the head.

    The branch keeps its id, name, computes and roles. ``preserve_as`` names a backup branch, which
    gets the previous state and the children. After an `ApiError` nothing has changed.

    [rule: restore-request] [rule: overwrite] [rule: branch-stays] [rule: roles-of-both]
    [rule: connections-drop] [rule: operations-of-a-restore]
    """
    branch = model.branch(branch_id)
    model.require_idle()
    to_point = timestamp is not None or lsn is not None
    source = _check(model, branch, source_id, preserve_as, to_point=to_point)
    position = history.resolve(model, source, timestamp, lsn)
    at = position or model.storage.locate(source.id, None)
    databases = history.databases_at(source, at)
    roles = history.roles_at(source, at) | branch.roles
    former_databases = history.former_at(source.former_databases, at)
    former_roles = history.former_at(source.former_roles, at)
    history_since = rules.history_after_restore(branch, source, model.now())
    backup_id = model.next_id("br") if preserve_as else None
    # Call the storage first: if it cannot start the job, the model has not changed.
    job = model.storage.restore(branch.id, source.id, position, preserve_as=backup_id)
    backup = None
    if backup_id:
        backup = _keep(model, branch, backup_id, preserve_as, own=source is branch)
    first = [*model.unarchive(source), *model.unarchive(branch)]
    _reset(model, branch, now=model.now())
    branch.databases, branch.roles = databases, roles
    branch.former_databases, branch.former_roles = former_databases, former_roles
    branch.history_since = history_since
    parent = rules.parent_after_restore(branch, source, backup)
    branch.parent_id = parent.id if parent else None
    ready = partial(finish_restore, model, branch, at)
    steps = rules.RESTORE_OPERATIONS if backup else rules.RESTORE_OPERATIONS_DISCARD
    return branch, model.schedule(branch, steps, job=job, then=ready, first=first)


def _check(
    model: State, branch: Branch, source_id: str, preserve_as: str, *, to_point: bool
) -> Branch:
    """Return the source branch; raise `ApiError` if Neon rejects the restore."""
    if branch.protected:
        raise rules.cannot_reset_protected()
    if branch.restore_status == "restored":
        raise rules.restore_not_finalized()
    source = model.refreshed(find(model.branches, source_id, "source branch"))
    if to_point and not model.child_restores:
        if not source.is_root:
            raise rules.only_root_branches("source")
        if not branch.is_root:
            raise rules.only_root_branches("destination")
    if source is branch and not to_point:
        raise rules.own_history_needs_point()
    if preserve_as:
        model.require_free_name(preserve_as)
        model.require_room(root=branch.is_root)
    elif source is branch or model.children(branch):
        raise rules.backup_name_required(own_history=source is branch)
    return source


def _keep(model: State, branch: Branch, backup_id: str, name: str, *, own: bool) -> Branch:
    """Add the backup branch: the previous state under a new id and name, with the children.

    [rule: backup-branch] [rule: backup-history] [rule: backup-listed-at-once]
    [rule: children-move]
    """
    now = model.now()
    backup = replace(
        branch,
        id=backup_id,
        name=name,
        created_at=now,
        updated_at=now,
        state_changed_at=now,
        current_state="ready",
        pending_state=None,
        default=False,
        # [rule: original-root] [rule: backup-deletable]
        deletable_root=branch.is_root and own,
        last_reset_at=None,
        schedule=(),
        restored_from=None,
        restored_as=None,
        restore_status=None,
        annotation={},
    )
    for child in model.children(branch):
        child.parent_id = backup.id
    model.branches[backup.id] = backup
    return backup


def _reset(model: State, branch: Branch, now: datetime) -> None:
    # [rule: last-reset-at] [rule: last-reset-at-backup]
    branch.current_state, branch.pending_state = "resetting", "ready"
    branch.state_changed_at = branch.last_reset_at = branch.updated_at = now
    branch.parent_position = None
    for endpoint in model.endpoints_of(branch):
        computes.begin_anew(endpoint, now)
