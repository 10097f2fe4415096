"""Finding branches and databases by name or id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ._errors import UnknownName
from ._points import read_time

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from ._models import Branch

_BACKUP = r"(?s)(?P<branch>.+)_old_(?P<time>\d.*)"


def find_branch(branches: Sequence[Branch], name_or_id: str) -> Branch:
    """The branch with this id, or else with this name.

    Raises:
        UnknownName: There is none; the error lists the close names.

    """
    for attribute in ("id", "name"):
        for branch in branches:
            if getattr(branch, attribute) == name_or_id:
                return branch
    raise unknown("branch", name_or_id, [branch.name for branch in branches])


def unknown(what: str, name: str, names: Collection[str]) -> UnknownName:
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


def backup_name(branch: str, head: datetime, taken: Collection[str]) -> str:
    """Neon's own form for a backup branch: `{branch_name}_old_{head_timestamp}`.

    The timestamp is RFC 3339 with microseconds, moved on where the name is taken. `head` is
    in UTC.
    """
    while True:
        stamp = head.replace(tzinfo=None).isoformat(timespec="microseconds")
        name = f"{branch}_old_{stamp}Z"
        if name not in taken:
            return name
        head += head.resolution


def made_by_us(name: str, branch: str) -> bool:
    """Whether a name is one that `backup_name` makes, which no two restores share."""
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
    return re.fullmatch(f"{re.escape(branch)}_old_{stamp}", name) is not None


def backed_up(name: str) -> tuple[str, datetime | None] | None:
    """The branch that a backup's name speaks of and the time in it, or None for other names."""
    match = re.fullmatch(_BACKUP, name)
    return (match["branch"], read_time(match["time"])) if match else None
