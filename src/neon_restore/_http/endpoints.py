"""Sends Neon's API operations, one per function; docstrings give their OpenAPI names."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import msgspec

from neon_restore._errors import DeadlinePassed, UnexpectedAnswer
from neon_restore._http.connection_string import ConnectionString
from neon_restore._http.context import CallContext
from neon_restore._http.exchange import Send
from neon_restore._http.flow import Flow
from neon_restore._http.retry import send_with_retries
from neon_restore._models import api
from neon_restore._models.points import Lsn, Point, rfc3339

T = TypeVar("T")
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
_IF_THERE: Any = api.OperationsAnswer | None


def list_branches(ctx: CallContext) -> Flow[tuple[api.Branch, ...]]:
    """Return the branches of all pages of `listProjectBranches`."""
    return _list(ctx, "/branches", PAGE, api.BranchesPage)


def list_operations(
    ctx: CallContext, since: datetime | None = None
) -> Flow[tuple[api.Operation, ...]]:
    """Return the operations since a time, and some older ones, or else the newest page.

    The newest come first.
    """

    def is_enough(page: tuple[api.Operation, ...]) -> bool:
        return since is None or any(one.created_at < since for one in page)

    return _list(ctx, "/operations", OPERATIONS_PAGE, api.OperationsPage, is_enough)


def _list(
    ctx: CallContext,
    path: str,
    limit: str,
    kind: type[api.BranchesPage | api.OperationsPage],
    is_enough: Callable[[tuple[Any, ...]], bool] = lambda page: False,
) -> Flow[tuple[Any, ...]]:
    """Return the entries of a list with cursors, each id once, up to a page that is enough.

    Neon was seen to send a cursor with the last page too: the page after that is empty, and has
    the same cursor or none.
    """
    found: dict[str, Any] = {}
    cursors: list[str | None] = [None]
    params, called = {"limit": limit}, ctx.path + path
    while len(cursors) <= MAX_PAGES:
        page = yield from _send(ctx, "GET", path, kind, params=params)
        found |= {entry.id: entry for entry in page.entries}
        cursor = page.pagination.cursor
        ends = not page.entries and cursor == cursors[-1]
        if not cursor or ends or is_enough(page.entries):
            return tuple(found.values())
        if cursor in cursors:
            break
        if ctx.remaining() <= 0:
            raise DeadlinePassed(
                f"The deadline of {ctx.timeout:g} s passed before the list {called} ended.",
                advice="Try again with a longer timeout.",
            )
        cursors.append(cursor)
        params = params | {"cursor": cursor}
    raise UnexpectedAnswer(
        f"The list {called} has no end: {min(len(cursors), MAX_PAGES)} pages were read.",
        advice="Check that NEON_API_HOST is Neon's address and that no proxy answers for it.",
    )


def get_project(ctx: CallContext) -> Flow[api.Project]:
    """Send `getProject`."""
    return (yield from _send(ctx, "GET", "", api.ProjectAnswer)).project


def update_history_window(ctx: CallContext, seconds: int) -> Flow[api.ProjectAnswer]:
    """Send `updateProject` with the history window only."""
    body = {"project": {"history_retention_seconds": seconds}}
    return _send(ctx, "PATCH", "", api.ProjectAnswer, body=body)


def get_branch(ctx: CallContext, branch_id: str) -> Flow[api.Branch]:
    """Send `getProjectBranch`."""
    return (yield from _send(ctx, "GET", f"/branches/{branch_id}", api.BranchAnswer)).branch


def protect_branch(ctx: CallContext, branch_id: str, *, protected: bool) -> Flow[api.Branch]:
    """Send `updateProjectBranch` with the protection only.

    Protecting is idempotent. Removing the protection is not retried blindly: a delayed duplicate
    would remove it again.
    """
    path, body = f"/branches/{branch_id}", {"branch": {"protected": protected}}
    sent = _send(ctx, "PATCH", path, api.BranchAnswer, body=body, idempotent=protected)
    return (yield from sent).branch


def list_databases(ctx: CallContext, branch_id: str) -> Flow[tuple[api.Database, ...]]:
    """Send `listProjectBranchDatabases`."""
    path = f"/branches/{branch_id}/databases"
    return (yield from _send(ctx, "GET", path, api.DatabasesAnswer)).databases


def list_endpoints(ctx: CallContext, branch_id: str) -> Flow[tuple[api.Endpoint, ...]]:
    """Send `listProjectBranchEndpoints`."""
    path = f"/branches/{branch_id}/endpoints"
    return (yield from _send(ctx, "GET", path, api.EndpointsAnswer)).endpoints


def get_connection_uri(
    ctx: CallContext, branch_id: str, database: str, role: str, *, pooled: bool
) -> Flow[ConnectionString]:
    """Send `getConnectionURI`."""
    params = {"branch_id": branch_id, "database_name": database, "role_name": role}
    params |= {"pooled": "true"} if pooled else {}
    sent = _send(ctx, "GET", "/connection_uri", api.ConnectionUriAnswer, params=params)
    # No variable holds the URI, to keep its password out of tracebacks.
    return ConnectionString((yield from sent).uri)


def get_operation(ctx: CallContext, operation_id: str) -> Flow[api.Operation]:
    """Send `getProjectOperation`."""
    path = f"/operations/{operation_id}"
    return (yield from _send(ctx, "GET", path, api.OperationAnswer)).operation


def compare_schema(
    ctx: CallContext, branch_id: str, base_id: str, database: str, point: Point, *, retry: bool
) -> Flow[str]:
    """Send `getProjectBranchSchemaComparison`; return the diff from the base to the branch."""
    params = {"base_branch_id": base_id, "db_name": database} | point_fields(point)
    path = f"/branches/{branch_id}/compare_schema"
    sent = _send(ctx, "GET", path, api.SchemaComparison, params=params, retry=retry)
    return (yield from sent).diff or ""


def restore_branch(
    ctx: CallContext,
    branch_id: str,
    source_id: str,
    point: Point,
    backup_name: str | None,
    before_again: BeforeAgain,
) -> Flow[api.BranchOperations]:
    """Send `restoreProjectBranch`. Not idempotent."""
    body = {"source_branch_id": source_id} | point_fields(point, "source_")
    if backup_name is not None:
        body["preserve_under_name"] = backup_name
    path = f"/branches/{branch_id}/restore"
    return _send(ctx, "POST", path, api.BranchOperations, before_again, body=body)


def create_branch(
    ctx: CallContext,
    name: str,
    parent_id: str,
    point: Point,
    compute: bool,
    before_again: BeforeAgain,
) -> Flow[api.BranchOperations]:
    """Send `createProjectBranch`. Neon refuses a second branch of the same name."""
    branch = {"name": name, "parent_id": parent_id} | point_fields(point, "parent_")
    body = {"branch": branch, "endpoints": [{"type": READ_WRITE}] if compute else []}
    return _send(ctx, "POST", "/branches", api.BranchOperations, before_again, body=body)


def delete_branch(
    ctx: CallContext, branch_id: str, before_again: BeforeAgain | None = None
) -> Flow[api.OperationsAnswer | None]:
    """Send `deleteProjectBranch`; return None if the branch was already gone."""
    return _send(ctx, "DELETE", f"/branches/{branch_id}", _IF_THERE, before_again)


def create_endpoint(
    ctx: CallContext, branch_id: str, before_again: BeforeAgain
) -> Flow[api.EndpointOperations]:
    """Send `createProjectEndpoint`. Neon refuses a second read-write compute of a branch."""
    body = {"endpoint": {"branch_id": branch_id, "type": READ_WRITE}}
    return _send(ctx, "POST", "/endpoints", api.EndpointOperations, before_again, body=body)


def delete_endpoint(
    ctx: CallContext, endpoint_id: str, before_again: BeforeAgain
) -> Flow[api.OperationsAnswer | None]:
    """Send `deleteProjectEndpoint`; return None if the compute was already gone."""
    return _send(ctx, "DELETE", f"/endpoints/{endpoint_id}", _IF_THERE, before_again)


def list_snapshots(ctx: CallContext) -> Flow[tuple[api.SnapshotItem, ...]]:
    """Send `listSnapshots`."""
    return (yield from _send(ctx, "GET", "/snapshots", api.SnapshotsAnswer)).snapshots


def create_snapshot(
    ctx: CallContext, branch_id: str, params: dict[str, str]
) -> Flow[api.SnapshotOperations]:
    """Send `createSnapshot`. Not idempotent."""
    path = f"/branches/{branch_id}/snapshot"
    return _send(ctx, "POST", path, api.SnapshotOperations, params=params)


def delete_snapshot(ctx: CallContext, snapshot_id: str) -> Flow[api.OperationsAnswer]:
    """Send `deleteSnapshot`."""
    return _send(ctx, "DELETE", f"/snapshots/{snapshot_id}", api.OperationsAnswer)


def restore_snapshot(
    ctx: CallContext, snapshot_id: str, body: dict[str, object], before_again: BeforeAgain
) -> Flow[api.BranchOperations]:
    """Send `restoreSnapshot`. Not idempotent."""
    path = f"/snapshots/{snapshot_id}/restore"
    return _send(ctx, "POST", path, api.BranchOperations, before_again, body=body)


def finalize_restore(
    ctx: CallContext, branch_id: str, before_again: BeforeAgain
) -> Flow[api.OperationsAnswer]:
    """Send `finalizeRestoreBranch`. Not idempotent."""
    path = f"/branches/{branch_id}/finalize_restore"
    return _send(ctx, "POST", path, api.OperationsAnswer, before_again)


def get_schedule(ctx: CallContext, branch_id: str) -> Flow[api.Schedule]:
    """Send `getSnapshotSchedule`."""
    return _send(ctx, "GET", f"/branches/{branch_id}/backup_schedule", api.Schedule)


def set_schedule(ctx: CallContext, branch_id: str, schedule: api.Schedule) -> Flow[object]:
    """Send `setSnapshotSchedule`."""
    path, body = f"/branches/{branch_id}/backup_schedule", msgspec.to_builtins(schedule)
    return _send(ctx, "PUT", path, object, body=body)


def point_fields(point: Point, prefix: str = "") -> dict[str, str]:
    """Return a point in time as a field of a request, none for the head."""
    if point is None:
        return {}
    if isinstance(point, Lsn):
        return {f"{prefix}lsn": str(point)}
    return {f"{prefix}timestamp": rfc3339(point)}


def _send(
    ctx: CallContext,
    method: str,
    path: str,
    kind: type[T],
    before_again: BeforeAgain | None = None,
    **options: Any,
) -> Flow[T]:
    options = {"idempotent": method == "GET"} | options
    call = Send(method=method, path=f"{ctx.path}{path}", **options)
    return send_with_retries(ctx, call, kind, before_again)
