"""Finds branches by name or id, and checks that they are of the client's project."""

from collections.abc import Collection, Sequence

from neon_restore._errors import Refused, UnknownName
from neon_restore._http.context import CallContext
from neon_restore._models.api import Branch
from neon_restore._models.backups import AnyBranch
from neon_restore._models.json import MadeForProject


def key_of(branch: AnyBranch) -> str:
    """Return the id of a branch that was given as itself, or else the given id or name."""
    return branch if isinstance(branch, str) else branch.id


def find_branch(branches: Sequence[Branch], wanted: AnyBranch) -> Branch:
    """Return the branch with this id, or else the one with this name."""
    key = key_of(wanted)
    for attribute in ("id", "name") if isinstance(wanted, str) else ("id",):
        for branch in branches:
            if getattr(branch, attribute) == key:
                return branch
    raise name_not_found("branch", key, [branch.name for branch in branches])


def name_not_found(what: str, name: str, names: Collection[str]) -> UnknownName:
    """Return the error for an unknown name."""
    import difflib  # only needed for errors

    close = tuple(difflib.get_close_matches(name, names, n=3, cutoff=0.5))
    listed = close or tuple(sorted(names)[:8])
    label = "Close names" if close else "There are"
    error = UnknownName(
        f"There is no {what} {name!r}. {label}: {', '.join(listed) or 'none'}.",
        advice="Check the name, and that NEON_PROJECT_ID is the project that you mean.",
    )
    error.close = close
    return error


def children(branches: Sequence[Branch], of: Branch) -> tuple[Branch, ...]:
    """Return the children of a branch."""
    return tuple(branch for branch in branches if branch.parent_id == of.id)


def find_backup(branches: Sequence[Branch], name: str) -> Branch | None:
    """Return the branch with the backup name, if it exists."""
    return next((branch for branch in branches if branch.name == name), None)


def check_same_project(ctx: CallContext, made: MadeForProject) -> None:
    """Check that a plan, restore or preview is of the client's project and server.

    Raises:
        Refused: It is of another one, where the same ids may mean something else.

    """
    if (made.where, made.project_id) != (ctx.where, ctx.project_id):
        raise Refused(
            f"This was made for project {made.project_id} on {made.where}, and the client works "
            f"on project {ctx.project_id} on {ctx.where}.",
            advice="Use a client with the same NEON_PROJECT_ID and NEON_API_HOST.",
        )
