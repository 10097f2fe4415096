"""Detects edits by polling the files that a build reads, several times a second.

MkDocs polls too. Polling needs nothing of the system, which may run out of watches or, across some
mounts, report no change. It also sees a file that an editor replaces.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event

from tools.docs.tree import ROOT

WATCHED = ("docs", "mkdocs.yml", "snippets", "src", "theme", "tools")
INTERVAL = 0.25
"""Seconds between two polls."""

# The modification time in nanoseconds and the size of each file, by its path.
Files = dict[str, tuple[int, int]]


def look(root: Path = ROOT) -> Files:
    """Return the current state of the files that a build reads, without an editor's own files."""
    return dict(entry for name in WATCHED for entry in _files(root / name, name))


def _files(path: Path, name: str) -> Iterator[tuple[str, tuple[int, int]]]:
    # Leave out what is removed meanwhile.
    try:
        if not path.is_dir():
            status = path.stat()
            yield name, (status.st_mtime_ns, status.st_size)
            return
        entries = [entry.name for entry in os.scandir(path)]
    except FileNotFoundError:
        return
    for entry in entries:
        if entry != "__pycache__" and entry[0] not in ".#" and entry[-1] != "~":
            yield from _files(path / entry, f"{name}/{entry}")


def changed(before: Files, now: Files) -> list[str]:
    """Return the names of files that were written, added or removed between two polls."""
    return sorted({name for name, _ in before.items() ^ now.items()})


def next_edit(before: Files, is_over: Event) -> Files:
    """Return the next state that two polls agree on, or `before` once `is_over` is set."""
    seen = before
    while not is_over.wait(INTERVAL):
        now = look()
        if now == seen != before:
            return now
        seen = now
    return before
