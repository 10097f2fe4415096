"""What a restore would change in the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _api
from ._history import judged_point
from ._lookup import find_branch

if TYPE_CHECKING:
    from ._flow import Flow, Run
    from ._points import AskedPoint


def compare(
    run: Run, branch: str, asked: AskedPoint, source: str | None, database: str
) -> Flow[str]:
    """Look the branches and the point up, and compare the database."""
    branches = yield from _api.list_branches(run)
    destination = find_branch(branches, branch)
    taken = destination if source is None else find_branch(branches, source)
    point = yield from judged_point(run, asked, taken)
    return (
        yield from _api.compare_schema(run, taken.id, destination.id, database, point, patient=True)
    )
