"""Compares the current schema of a database with the one after a restore."""

from neon_restore._branches.history import resolve_point
from neon_restore._branches.lookup import find_branch
from neon_restore._http import endpoints
from neon_restore._http.context import CallContext
from neon_restore._http.flow import Flow
from neon_restore._models.backups import AnyBranch
from neon_restore._models.points import RequestedPoint


def schema_diff(
    ctx: CallContext,
    branch: AnyBranch,
    asked: RequestedPoint,
    source: AnyBranch | None,
    database: str,
) -> Flow[str]:
    """Look up the branches and the point, and compare the schema of the database."""
    branches = yield from endpoints.list_branches(ctx)
    destination = find_branch(branches, branch)
    taken = destination if source is None else find_branch(branches, source)
    point = yield from resolve_point(ctx, asked, taken)
    return (
        yield from endpoints.compare_schema(
            ctx, taken.id, destination.id, database, point, retry=True
        )
    )
