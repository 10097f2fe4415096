"""Renders the branches of a project as the lines of a tree."""

from collections.abc import Iterator
from typing import NamedTuple

from neon_sandbox.model import Branch, Model
from neon_sandbox.points import Position

_NAME_WIDTH = 30


class TreeRow(NamedTuple):
    """A branch in the tree. ``twigs`` depends on its neighbors, the rest only on the branch."""

    twigs: str
    name: str
    parent_id: str | None
    traits: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.twigs + self.name:<{_NAME_WIDTH}} {', '.join(self.traits)}"


def tree_rows(model: Model) -> dict[str, TreeRow]:
    """Return one row for each branch, by its id, parents before their children."""
    roots = [branch for branch in model.branches.values() if branch.is_root]
    return {id_: line for root in roots for id_, line in _below(model, root, first="", rest="")}


def position(at: Position) -> str:
    """Return a position as text, its time in UTC."""
    return f"at {at.time:%Y-%m-%d %H:%M:%S} ({at.lsn})"


def _below(model: Model, branch: Branch, first: str, rest: str) -> Iterator[tuple[str, TreeRow]]:
    """Yield a branch with the prefix ``first``, and its descendants with the prefix ``rest``."""
    yield branch.id, TreeRow(first, branch.name, branch.parent_id, tuple(_traits(model, branch)))
    children = model.children(branch)
    for child in children:
        twig, space = ("└─ ", "   ") if child is children[-1] else ("├─ ", "│  ")
        yield from _below(model, child, rest + twig, rest + space)


def _traits(model: Model, branch: Branch) -> Iterator[str]:
    yield branch.id
    if branch.default:
        yield "default"
    if branch.protected:
        yield "protected"
    yield branch.current_state
    if branch.last_reset_at and branch.parent_position:
        yield f"restored {position(branch.parent_position)}"
    for endpoint in model.endpoints_of(branch):
        yield endpoint.host
