"""Finding branches and databases by name or id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from neon_restore._errors import (
    UnknownName,
)
from neon_restore._models.api import Branch

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from neon_restore._models.api import Branch


def find_branch(branches: Sequence[Branch], name_or_id: str) -> Branch:
    """The branch with this id, or else with this name.

    Raises:
        UnknownName: There is none; the error lists the close names.

    """
    for attribute in ("id", "name"):
        for branch in branches:
            if getattr(branch, attribute) == name_or_id:
                return branch
    raise name_not_found("branch", name_or_id, [branch.name for branch in branches])


def name_not_found(what: str, name: str, names: Collection[str]) -> UnknownName:
    """The error for a name that nothing has."""
    import difflib  # only mistakes need it

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
    """The branches whose parent this one is."""
    return tuple(branch for branch in branches if branch.parent_id == of.id)


def find_backup(branches: Sequence[Branch], name: str) -> Branch | None:
    """The branch of the name that was chosen for the backup."""
    return next((branch for branch in branches if branch.name == name), None)
