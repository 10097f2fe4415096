"""What the marks and lines of all pictures mean."""

from __future__ import annotations

from tools.pictures.svg import line, mark, text, whole


def legend() -> str:
    """Return an SVG that tells it, once for all pictures."""
    entries = (
        (mark("first", 20, 0), "commit in the database shop"),
        (mark("second", 20, 0), "commit in analytics"),
        (mark("loss", 20, 0), "rows deleted"),
        (line("line", "M6 0H34"), "a branch, one line for each database"),
        (f'<g class="backup">{line("line", "M6 0H34")}</g>', "a backup branch"),
        (
            line("line", "M6 0H34") + '<circle class="origin" cx="20" cy="0" r="7"/>',
            "the state that another line starts from",
        ),
        (f'<g class="look">{line("line", "M6 0H34")}</g>', "read-only, or kept in a snapshot"),
        (line("point", "M20 -9V9"), "the point that was asked for"),
    )
    parts = [
        f'<g transform="translate(0 {16 + 24 * n})">{drawn}{text(46, 4, words, "what")}</g>'
        for n, (drawn, words) in enumerate(entries)
    ]
    told = (
        "The marks: a circle is a commit in the database shop, a square one in analytics, a cross "
        "a deletion. A line is a branch, or a backup branch where it is grey. A ring is the state "
        "that another line starts from. A dashed line only shows the past. A dashed upright is "
        "the point that was asked for."
    )
    return whole(parts, 8 + 24 * len(entries), told)
