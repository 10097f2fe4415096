"""The words of a picture, for those who do not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_sandbox.points import Lsn
from tools.pictures.axis import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_sandbox.storage.memory import Commit
    from tools.pictures.row_counts import Change
    from tools.pictures.rows import Row
    from tools.pictures.scene import Scene


def tell(scene: Scene) -> Iterator[str]:
    """Say of each row what it is, where it comes from, what was committed and what it holds."""
    for row in scene.rows:
        yield f"{row.title} ({row.traits}): {', '.join(_row(scene, row))}."
    if scene.asked and scene.point and scene.meant:
        what = "an LSN" if isinstance(scene.asked, Lsn) else clock(scene.point)
        means = clock(scene.meant)
        yield f"The point that was asked for is {what}; it means the commit of {means}."
        if scene.leaving:
            gone = [c for c in scene.rows[0].changes if c[0].time > scene.meant]
            yield f"A restore would take these commits off: {_commits(gone)}."
    if scene.oldest:
        yield f"History reaches back to {scene.oldest:%-d %B}, {clock(scene.oldest)}."


def _row(scene: Scene, row: Row) -> Iterator[str]:
    if row.kind == "backup":
        yield "keeps the state from before a restore"
    if row.fork and row.origin:
        verb = {"look": "shows", "snapshot": "holds"}.get(row.kind, "continues from")
        yield f"{verb} the commit of {clock(row.fork.time)} on {row.origin.title}"
    if done := [change for change in row.changes if change[0].time >= scene.since]:
        yield f"its commits are {_commits(done)}"
    for database in row.databases:
        if held := row.holds(database, scene.tables):
            yield f"{database} has {held}"
    if scene.tells_fate(row):
        yield row.fate


def _commits(changes: list[tuple[Commit, Change]]) -> str:
    return ", ".join(f"{clock(commit.time)} {' '.join(done.words)}" for commit, done in changes)
