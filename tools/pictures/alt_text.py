"""The alt text of a picture."""

from collections.abc import Iterator

from neon_sandbox.points import Lsn
from neon_sandbox.storage.memory import Commit
from tools.pictures.axis import clock
from tools.pictures.diagram import Diagram
from tools.pictures.row_counts import Change
from tools.pictures.rows import Row


def describe(diagram: Diagram) -> Iterator[str]:
    """Yield sentences about each row, then about the point asked for and the oldest history."""
    for row in diagram.rows:
        yield f"{row.title} ({row.traits}): {', '.join(_row(diagram, row))}."
    if diagram.asked and diagram.point and diagram.meant:
        what = "an LSN" if isinstance(diagram.asked, Lsn) else clock(diagram.point)
        means = clock(diagram.meant)
        yield f"The point that was asked for is {what}; it means the commit of {means}."
        if diagram.show_lost:
            gone = [c for c in diagram.rows[0].changes if c[0].time > diagram.meant]
            yield f"A restore would take these commits off: {_commits(gone)}."
    if diagram.oldest:
        yield f"History reaches back to {diagram.oldest:%-d %B}, {clock(diagram.oldest)}."


def _row(diagram: Diagram, row: Row) -> Iterator[str]:
    if row.kind == "backup":
        yield "keeps the state from before a restore"
    if row.fork and row.origin:
        verb = {"look": "shows", "snapshot": "holds"}.get(row.kind, "continues from")
        yield f"{verb} the commit of {clock(row.fork.time)} on {row.origin.title}"
    if done := [change for change in row.changes if change[0].time >= diagram.since]:
        yield f"its commits are {_commits(done)}"
    for database in row.databases:
        if held := row.holds(database, diagram.tables):
            yield f"{database} has {held}"
    if diagram.tells_fate(row):
        yield row.fate


def _commits(changes: list[tuple[Commit, Change]]) -> str:
    return ", ".join(f"{clock(commit.time)} {' '.join(done.words)}" for commit, done in changes)
