"""Notices edits, by looking at what a build reads some times a second.

MkDocs watches in the same way. It needs nothing of the system, which may run out of watches or,
across some mounts, report no change, and it sees a file that an editor replaces.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event

from tools.docs.tree import ROOT

WATCHED = ("docs", "mkdocs.yml", "snippets", "src", "theme", "tools")
INTERVAL = 0.25
"""Seconds between two looks."""

# What says that a file was written, by its path.
Files = dict[str, tuple[int, int]]


def look(root: Path = ROOT) -> Files:
    """Return the files that a build reads as they are now; an editor's own files are none."""
    return dict(entry for name in WATCHED for entry in _files(root / name, name))


def _files(path: Path, name: str) -> Iterator[tuple[str, tuple[int, int]]]:
    # What is removed meanwhile is not there any longer.
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
    """Name what was written, added or removed between two looks."""
    return sorted({name for name, _ in before.items() ^ now.items()})


def next_edit(before: Files, is_over: Event) -> Files:
    """Wait until files differ from what they were, and are at rest; return what they are then.

    The end of all ends the wait too.
    """
    seen = before
    while not is_over.wait(INTERVAL):
        now = look()
        if now == seen != before:
            return now
        seen = now
    return before
