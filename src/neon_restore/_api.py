"""Neon's operations, one function each, named as the OpenAPI document names them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from ._errors import UnexpectedAnswer
from ._flow import Call, Flow, Run
from ._models import (
    BranchesPage,
    BranchOperations,
    ConnectionUriAnswer,
    DatabasesAnswer,
    EndpointsAnswer,
    OperationAnswer,
    ProjectAnswer,
    ProjectOperations,
)
from ._points import Lsn, rfc3339
from ._send import send

if TYPE_CHECKING:
    from ._models import Branch, Database, Endpoint, Operation, Project
    from ._points import Point

PAGE = "10000"
"""The longest page that Neon gives, so that one request is enough for almost every project."""


def list_branches(run: Run) -> Flow[tuple[Branch, ...]]:
    """`listProjectBranches`, all pages."""
    branches: list[Branch] = []
    params = {"limit": PAGE}
    seen = set[str]()
    while True:
        page = yield from send(run, _get(run, "branches", **params), BranchesPage)
        branches += page.branches
        cursor = page.pagination.next
        if not cursor or not page.branches:
            return tuple(branches)
        if cursor in seen:
            raise UnexpectedAnswer("The list of branches does not end: a page came twice.")
        seen.add(cursor)
        params["cursor"] = cursor


def get_project(run: Run) -> Flow[Project]:
    """`getProject`."""
    answer = yield from send(run, _get(run), ProjectAnswer)
    return answer.project


def update_history_window(run: Run, seconds: int) -> Flow[ProjectOperations]:
    """`updateProject`, for its history window alone."""
    body = {"project": {"history_retention_seconds": seconds}}
    return send(run, Call(method="PATCH", path=run.path, body=body), ProjectOperations)


def list_databases(run: Run, branch_id: str) -> Flow[tuple[Database, ...]]:
    """`listProjectBranchDatabases`."""
    call = _get(run, f"{_branch(branch_id)}/databases")
    return (yield from send(run, call, DatabasesAnswer)).databases


def list_endpoints(run: Run, branch_id: str) -> Flow[tuple[Endpoint, ...]]:
    """`listProjectBranchEndpoints`."""
    call = _get(run, f"{_branch(branch_id)}/endpoints")
    return (yield from send(run, call, EndpointsAnswer)).endpoints


def get_connection_uri(run: Run, branch_id: str, database: str, role: str) -> Flow[str]:
    """`getConnectionURI`."""
    params = {"branch_id": branch_id, "database_name": database, "role_name": role}
    answer = yield from send(run, _get(run, "connection_uri", **params), ConnectionUriAnswer)
    return answer.uri


def get_operation(run: Run, operation_id: str) -> Flow[Operation]:
    """`getProjectOperation`."""
    call = _get(run, f"operations/{quote(operation_id, safe='')}")
    return (yield from send(run, call, OperationAnswer)).operation


def restore_branch(
    run: Run, branch_id: str, source_id: str, point: Point, backup_name: str | None
) -> Flow[BranchOperations]:
    """`restoreProjectBranch`. Not idempotent."""
    body = {"source_branch_id": source_id}
    if isinstance(point, Lsn):
        body["source_lsn"] = str(point)
    elif point is not None:
        body["source_timestamp"] = rfc3339(point)
    if backup_name is not None:
        body["preserve_under_name"] = backup_name
    path = f"{run.path}/{_branch(branch_id)}/restore"
    return send(run, Call(method="POST", path=path, body=body), BranchOperations)


def delete_branch(run: Run, branch_id: str) -> Flow[BranchOperations | None]:
    """`deleteProjectBranch`; None where the branch was gone already."""
    path = f"{run.path}/{_branch(branch_id)}"
    return send(run, Call(method="DELETE", path=path), BranchOperations | None)  # type: ignore[arg-type]


def _get(run: Run, path: str = "", **params: str) -> Call:
    return Call(method="GET", path=f"{run.path}/{path}".rstrip("/"), params=params)


def _branch(branch_id: str) -> str:
    return f"branches/{quote(branch_id, safe='')}"
