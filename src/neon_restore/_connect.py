"""Connection strings: to a branch as it is, or to a point in its past."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _api
from ._errors import NotFound, Refused
from ._history import judged_point
from ._lookup import find_branch, unknown
from ._points import Lsn, rfc3339

if TYPE_CHECKING:
    from ._flow import Flow, Run
    from ._models import Database
    from ._points import AskedPoint
    from ._secrets import ConnectionString


def connection_string(
    run: Run, branch: str, asked: AskedPoint, database: str | None, role: str | None
) -> Flow[ConnectionString]:
    """Look the branch, the database and the role up, and ask Neon for the string."""
    found = find_branch((yield from _api.list_branches(run)), branch)
    point = yield from judged_point(run, asked, found)
    chosen = _choose((yield from _api.list_databases(run, found.id)), found.name, database)
    try:
        connection = yield from _api.get_connection_uri(
            run, found.id, chosen.name, chosen.owner_name if role is None else role
        )
    except NotFound as error:
        error.advice = (
            f"Check that {found.name} has a compute and the role. A backup branch has no compute: "
            "add one to connect to it."
        )
        raise
    match point:
        case None:
            return connection
        case Lsn():
            return connection.at(found.id, f"neon_lsn:{point}")
        case _:
            return connection.at(found.id, f"neon_timestamp:{rfc3339(point)}")


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
    raise unknown("database", name, names)
