"""Builds connection strings to a branch, now or at a point in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_restore._branches.history import resolve_point
from neon_restore._branches.lookup import find_branch, name_not_found
from neon_restore._errors import NotFound, Refused
from neon_restore._http import endpoints
from neon_restore._models.points import Lsn, rfc3339

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neon_restore._http.connection_string import ConnectionString
    from neon_restore._http.context import CallContext
    from neon_restore._http.flow import Flow
    from neon_restore._models.api import Branch, Database
    from neon_restore._models.backups import AnyBranch
    from neon_restore._models.points import Point, RequestedPoint


def connection_string(
    ctx: CallContext,
    branch: AnyBranch,
    asked: RequestedPoint,
    database: str | None,
    role: str | None,
    *,
    pooled: bool = False,
) -> Flow[ConnectionString]:
    """Look up the branch and the database, and request the connection string from Neon."""
    if pooled and asked is not None:
        raise Refused(
            "A connection to the past cannot be pooled: its host names the branch in place of the "
            "compute and its pooler.",
            advice="Leave pooled out, or the point in time.",
        )
    found = find_branch((yield from endpoints.list_branches(ctx)), branch)
    point = yield from resolve_point(ctx, asked, found)
    chosen = choose((yield from endpoints.list_databases(ctx, found.id)), found.name, database)
    return at_point((yield from connect(ctx, found, chosen, role, pooled=pooled)), found, point)


def connect(
    ctx: CallContext,
    branch: Branch,
    database: Database,
    role: str | None = None,
    *,
    pooled: bool = False,
) -> Flow[ConnectionString]:
    """Request the connection string to a database of a branch as it is now."""
    role = database.owner_name if role is None else role
    try:
        return (
            yield from endpoints.get_connection_uri(
                ctx, branch.id, database.name, role, pooled=pooled
            )
        )
    except NotFound as error:
        error.advice = (
            f"Check that {branch.name} has a compute and the role. A backup branch has no compute: "
            "add one to connect to it."
        )
        raise


def at_point(connection: ConnectionString, branch: Branch, point: Point) -> ConnectionString:
    """Return the connection at a point in time of its branch."""
    match point:
        case None:
            return connection
        case Lsn():
            return connection.at(branch.id, f"neon_lsn:{point}")
        case _:
            return connection.at(branch.id, f"neon_timestamp:{rfc3339(point)}")


def choose(databases: Sequence[Database], branch: str, name: str | None) -> Database:
    """Return the database with the name, or without a name the only one."""
    names = [database.name for database in databases]
    if name is None and len(databases) == 1:
        return databases[0]
    if name is None:
        raise Refused(
            f"{branch} has {len(databases)} databases: {', '.join(names) or 'none'}.",
            advice="Say which one: database=...",
        )
    for database in databases:
        if database.name == name:
            return database
    raise name_not_found("database", name, names)
