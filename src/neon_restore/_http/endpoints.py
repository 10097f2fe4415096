"""Sends Neon's API operations, one per function; docstrings give their OpenAPI names."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import replace

from neon_restore._errors import DeadlinePassed, UnexpectedAnswer
from neon_restore._http.connection_string import ConnectionString
from neon_restore._http.context import CallContext
from neon_restore._http.exchange import Send
from neon_restore._http.flow import Flow
from neon_restore._http.retry import send_with_retries
from neon_restore._models.api import (
    Branch,
    BranchAnswer,
    BranchesPage,
    ConnectionUriAnswer,
    CreatedBranch,
    CreatedEndpoint,
    CreatedSnapshot,
    Database,
    DatabasesAnswer,
    Endpoint,
    EndpointsAnswer,
    Operation,
    OperationAnswer,
    OperationsAnswer,
    OperationsPage,
    Project,
    ProjectAnswer,
    ProjectOperations,
    RestoreAnswer,
    RestoredSnapshot,
    Schedule,
    SchemaComparison,
    SnapshotItem,
    SnapshotsAnswer,
)
from neon_restore._models.points import Lsn, Point, rfc3339

BeforeAgain: TypeAlias = Callable[[], Flow[None]]

PAGE = "5000"
"""The size of a page of branches: one page is enough for almost every project.

Neon allows 10,000, which may be more than the client accepts of one response.
"""
OPERATIONS_PAGE = "1000"
"""Neon's maximum size of a page of operations."""
MAX_PAGES = 20
READ_WRITE = "read_write"
"""The type of the one compute of a branch that can write; `getConnectionURI` names its host."""


def list_branches(ctx: CallContext) -> Flow[tuple[Branch, ...]]:
    """Return the branches of all pages of `listProjectBranches`."""
    return _list(ctx, _get(ctx, "branches", limit=PAGE), BranchesPage)


def _list(
    ctx: CallContext,
    call: Send,
    kind: type[BranchesPage | OperationsPage],
    is_enough: Callable[[tuple[Any, ...]], bool] = lambda page: False,
) -> Flow[tuple[Any, ...]]:
    """Return the entries of a list with cursors, each id once, up to a page that is enough.

    Neon was seen to send a cursor with the last page too: the page after that is empty, and has
    the same cursor or none.
    """
    found: dict[str, Any] = {}
    cursors: list[str | None] = [None]
    while len(cursors) <= MAX_PAGES:
        page = yield from send_with_retries(ctx, call, kind)
        found |= {entry.id: entry for entry in page.entries}
        ends = not page.entries and page.cursor == cursors[-1]
        if not page.cursor or ends or is_enough(page.entries):
            return tuple(found.values())
        if page.cursor in cursors:
            break
        if ctx.remaining() <= 0:
            raise DeadlinePassed(
                f"The deadline of {ctx.timeout:g} s passed before the list {call.path} ended.",
                advice="Try again with a longer timeout.",
            )
        cursors.append(page.cursor)
        call = replace(call, params=call.params | {"cursor": page.cursor})
    raise UnexpectedAnswer(
        f"The list {call.path} has no end: {min(len(cursors), MAX_PAGES)} pages were read.",
        advice="Check that NEON_API_HOST is Neon's address and that no proxy answers for it.",
    )


def get_project(ctx: CallContext) -> Flow[Project]:
    """Send `getProject`."""
    answer = yield from send_with_retries(ctx, _get(ctx), ProjectAnswer)
    return answer.project


def update_history_window(ctx: CallContext, seconds: int) -> Flow[ProjectOperations]:
    """Send `updateProject` with the history window only."""
    body = {"project": {"history_retention_seconds": seconds}}
    return send_with_retries(ctx, Send(method="PATCH", path=ctx.path, body=body), ProjectOperations)


def get_branch(ctx: CallContext, branch_id: str) -> Flow[Branch]:
    """Send `getProjectBranch`."""
    return (yield from send_with_retries(ctx, _get(ctx, _branch(branch_id)), BranchAnswer)).branch


def protect_branch(ctx: CallContext, branch_id: str, *, protected: bool) -> Flow[Branch]:
    """Send `updateProjectBranch` with the protection only.

    Protecting is idempotent. Removing the protection is not retried blindly: a delayed duplicate
    would remove it again.
    """
    path, body = f"{ctx.path}/{_branch(branch_id)}", {"branch": {"protected": protected}}
    call = Send(method="PATCH", path=path, body=body, idempotent=protected)
    return (yield from send_with_retries(ctx, call, BranchAnswer)).branch


def list_databases(ctx: CallContext, branch_id: str) -> Flow[tuple[Database, ...]]:
    """Send `listProjectBranchDatabases`."""
    call = _get(ctx, f"{_branch(branch_id)}/databases")
    return (yield from send_with_retries(ctx, call, DatabasesAnswer)).databases


def list_endpoints(ctx: CallContext, branch_id: str) -> Flow[tuple[Endpoint, ...]]:
    """Send `listProjectBranchEndpoints`."""
    call = _get(ctx, f"{_branch(branch_id)}/endpoints")
    return (yield from send_with_retries(ctx, call, EndpointsAnswer)).endpoints


def get_connection_uri(
    ctx: CallContext, branch_id: str, database: str, role: str, *, pooled: bool
) -> Flow[ConnectionString]:
    """Send `getConnectionURI`."""
    params = {"branch_id": branch_id, "database_name": database, "role_name": role}
    params |= {"pooled": "true"} if pooled else {}
    call = _get(ctx, "connection_uri", **params)
    # No variable holds the URI, to keep its password out of tracebacks.
    return ConnectionString((yield from send_with_retries(ctx, call, ConnectionUriAnswer)).uri)


def get_operation(ctx: CallContext, operation_id: str) -> Flow[Operation]:
    """Send `getProjectOperation`."""
    call = _get(ctx, f"operations/{operation_id}")
    return (yield from send_with_retries(ctx, call, OperationAnswer)).operation


def compare_schema(
    ctx: CallContext, branch_id: str, base_id: str, database: str, point: Point, *, retry: bool
) -> Flow[str]:
    """Send `getProjectBranchSchemaComparison`; return the diff from the base to the branch."""
    params = {"base_branch_id": base_id, "db_name": database}
    if isinstance(point, Lsn):
        params["lsn"] = str(point)
    elif point is not None:
        params["timestamp"] = rfc3339(point)
    path = f"{ctx.path}/{_branch(branch_id)}/compare_schema"
    call = Send(method="GET", path=path, params=params, retry=retry)
    return (yield from send_with_retries(ctx, call, SchemaComparison)).diff or ""


def list_operations(ctx: CallContext, since: datetime | None = None) -> Flow[tuple[Operation, ...]]:
    """Return the operations since a time, and some older ones, or else the newest page.

    The newest come first.
    """
    call = _get(ctx, "operations", limit=OPERATIONS_PAGE)
    return _list(
        ctx,
        call,
        OperationsPage,
        lambda page: since is None or any(one.created_at < since for one in page),
    )


def restore_branch(
    ctx: CallContext,
    branch_id: str,
    source_id: str,
    point: Point,
    backup_name: str | None,
    before_again: Callable[[], Flow[None]],
) -> Flow[RestoreAnswer]:
    """Send `restoreProjectBranch`. Not idempotent."""
    body = {"source_branch_id": source_id}
    if isinstance(point, Lsn):
        body["source_lsn"] = str(point)
    elif point is not None:
        body["source_timestamp"] = rfc3339(point)
    if backup_name is not None:
        body["preserve_under_name"] = backup_name
    path = f"{ctx.path}/{_branch(branch_id)}/restore"
    call = Send(method="POST", path=path, body=body)
    return send_with_retries(ctx, call, RestoreAnswer, before_again)


def create_branch(
    ctx: CallContext,
    name: str,
    parent_id: str,
    point: Point,
    compute: bool,
    before_again: BeforeAgain,
) -> Flow[CreatedBranch]:
    """Send `createProjectBranch`. Neon refuses a second branch of the same name."""
    branch = {"name": name, "parent_id": parent_id}
    if isinstance(point, Lsn):
        branch["parent_lsn"] = str(point)
    elif point is not None:
        branch["parent_timestamp"] = rfc3339(point)
    body = {"branch": branch, "endpoints": [{"type": READ_WRITE}] if compute else []}
    call = Send(method="POST", path=f"{ctx.path}/branches", body=body)
    return send_with_retries(ctx, call, CreatedBranch, before_again)


def delete_branch(
    ctx: CallContext, branch_id: str, before_again: BeforeAgain | None = None
) -> Flow[OperationsAnswer | None]:
    """Send `deleteProjectBranch`; return None if the branch was already gone."""
    return _delete(ctx, _branch(branch_id), before_again)


def create_endpoint(
    ctx: CallContext, branch_id: str, before_again: BeforeAgain
) -> Flow[CreatedEndpoint]:
    """Send `createProjectEndpoint`. Neon refuses a second read-write compute of a branch."""
    body = {"endpoint": {"branch_id": branch_id, "type": READ_WRITE}}
    call = Send(method="POST", path=f"{ctx.path}/endpoints", body=body)
    return send_with_retries(ctx, call, CreatedEndpoint, before_again)


def delete_endpoint(
    ctx: CallContext, endpoint_id: str, before_again: BeforeAgain
) -> Flow[OperationsAnswer | None]:
    """Send `deleteProjectEndpoint`; return None if the compute was already gone."""
    return _delete(ctx, f"endpoints/{endpoint_id}", before_again)


def list_snapshots(ctx: CallContext) -> Flow[tuple[SnapshotItem, ...]]:
    """Send `listSnapshots`."""
    return (yield from send_with_retries(ctx, _get(ctx, "snapshots"), SnapshotsAnswer)).snapshots


def create_snapshot(
    ctx: CallContext, branch_id: str, params: dict[str, str]
) -> Flow[CreatedSnapshot]:
    """Send `createSnapshot`. Not idempotent."""
    path = f"{ctx.path}/{_branch(branch_id)}/snapshot"
    return send_with_retries(ctx, Send(method="POST", path=path, params=params), CreatedSnapshot)


def delete_snapshot(ctx: CallContext, snapshot_id: str) -> Flow[OperationsAnswer]:
    """Send `deleteSnapshot`."""
    path = f"{ctx.path}/snapshots/{snapshot_id}"
    return send_with_retries(ctx, Send(method="DELETE", path=path), OperationsAnswer)


def restore_snapshot(
    ctx: CallContext, snapshot_id: str, body: dict[str, Any], before_again: Callable[[], Flow[None]]
) -> Flow[RestoredSnapshot]:
    """Send `restoreSnapshot`. Not idempotent."""
    path = f"{ctx.path}/snapshots/{snapshot_id}/restore"
    return send_with_retries(
        ctx, Send(method="POST", path=path, body=body), RestoredSnapshot, before_again
    )


def finalize_restore(
    ctx: CallContext, branch_id: str, before_again: Callable[[], Flow[None]]
) -> Flow[OperationsAnswer]:
    """Send `finalizeRestoreBranch`. Not idempotent."""
    path = f"{ctx.path}/{_branch(branch_id)}/finalize_restore"
    return send_with_retries(ctx, Send(method="POST", path=path), OperationsAnswer, before_again)


def get_schedule(ctx: CallContext, branch_id: str) -> Flow[Schedule]:
    """Send `getSnapshotSchedule`."""
    return send_with_retries(ctx, _get(ctx, f"{_branch(branch_id)}/backup_schedule"), Schedule)


def set_schedule(ctx: CallContext, branch_id: str, schedule: Schedule) -> Flow[object]:
    """Send `setSnapshotSchedule`."""
    path = f"{ctx.path}/{_branch(branch_id)}/backup_schedule"
    body = msgspec.to_builtins(schedule)
    return send_with_retries(ctx, Send(method="PUT", path=path, body=body), object)


def _get(ctx: CallContext, path: str = "", **params: str) -> Send:
    return Send(method="GET", path=f"{ctx.path}/{path}".rstrip("/"), params=params)


def _delete(
    ctx: CallContext, path: str, before_again: BeforeAgain | None
) -> Flow[OperationsAnswer | None]:
    call = Send(method="DELETE", path=f"{ctx.path}/{path}")
    return send_with_retries(ctx, call, OperationsAnswer | None, before_again)  # type: ignore[arg-type]


def _branch(branch_id: str) -> str:
    return f"branches/{branch_id}"
