"""Builds connection strings to a branch, now or at a point in time."""

from neon_restore._branches.history import resolve_point
from neon_restore._branches.lookup import find_branch, name_not_found
from neon_restore._errors import NotFound, Refused, explain
from neon_restore._http import endpoints
from neon_restore._http.connection_string import ConnectionString
from neon_restore._http.context import CallContext
from neon_restore._http.flow import Flow
from neon_restore._models.api import Database
from neon_restore._models.backups import AnyBranch
from neon_restore._models.points import RequestedPoint


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
    chosen = _choose((yield from endpoints.list_databases(ctx, found.id)), found.name, database)
    advice = (
        f"Check that {found.name} has a compute and the role. A backup branch has no compute: add "
        "one to connect to it."
    )
    with explain(NotFound, advice=advice):
        connection = yield from endpoints.get_connection_uri(
            ctx, found.id, chosen.name, chosen.owner_name if role is None else role, pooled=pooled
        )
    for name, value in endpoints.point_fields(point, "neon_").items():
        connection = connection.at(found.id, f"{name}:{value}")
    return connection


def _choose(databases: tuple[Database, ...], branch: str, name: str | None) -> Database:
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
