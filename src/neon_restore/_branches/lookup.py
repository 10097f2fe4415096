"""Finds branches by name or id, and builds the error for unknown names."""

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
    """Return the branch with this id, or else the one with this name.

    Raises:
        UnknownName: No branch has it; the error lists close names.

    """
    for attribute in ("id", "name"):
        for branch in branches:
            if getattr(branch, attribute) == name_or_id:
                return branch
    raise name_not_found("branch", name_or_id, [branch.name for branch in branches])


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
