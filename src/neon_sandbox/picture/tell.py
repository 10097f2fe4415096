"""The words of a picture, for those who do not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_sandbox.picture.axis import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from neon_sandbox.picture.rows import Row


def tell(rows: Sequence[Row], since: datetime, tables: set[str], *, fates: bool) -> Iterator[str]:
    """Say of each row what it is, where it comes from, what was committed and what it holds."""
    for row in rows:
        words = []
        if row.kind == "backup":
            words.append("keeps the state from before a restore")
        if row.fork and row.origin:
            verb = {"look": "shows", "snapshot": "holds"}.get(row.kind, "continues from")
            words.append(f"{verb} the commit of {clock(row.fork.time)} on {row.origin.title}")
        done = [
            f"{clock(commit.time)} {' '.join(change.words)}"
            for commit, change in row.changes
            if commit.time >= since
        ]
        words += [f"its commits are {', '.join(done)}"] if done else []
        words += [f"{db} has {what}" for db in row.databases if (what := row.holds(db, tables))]
        words += [row.fate] if fates and row.fate else []
        yield f"{row.title} ({row.traits}): {', '.join(words)}."
