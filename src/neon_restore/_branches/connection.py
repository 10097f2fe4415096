"""Builds connection strings to a branch, now or at a point in time."""

from collections.abc import Sequence

from neon_restore._branches.history import resolve_point
from neon_restore._branches.lookup import find_branch, name_not_found
from neon_restore._errors import NotFound, Refused, explain
from neon_restore._http import endpoints
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
    advice = (
        f"Check that {branch.name} has a compute and the role. A backup branch has no compute: add "
        "one to connect to it."
    )
    with explain(NotFound, advice=advice):
        return (
            yield from endpoints.get_connection_uri(
                ctx, branch.id, database.name, role, pooled=pooled
            )
        )


def at_point(connection: ConnectionString, branch: Branch, point: Point) -> ConnectionString:
    """Return the connection at a point in time of its branch."""
    for name, value in endpoints.point_fields(point, "neon_").items():
        connection = connection.at(branch.id, f"{name}:{value}")
    return connection


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
