"""Compares what a run printed with the file that the page shows, and writes that file."""

import difflib
import re
from pathlib import Path

from tools.docs.tree import DocsTree, Problem

# What a sandbox counts by the clock of the machine, back from it too, and where it found a port.
VARIES = re.compile(
    r"(?<=127\.0\.0\.1:)\d+|(?<=T1[34]:4)\d:\d\d(?:\.\d{6})?(?=Z)"
    r"|(?<=T14:30:)\d\d(?=Z, 10 minutes)"
    r"|\d+\.\d seconds|\b0 seconds|(?<=minutes)(?: \d+ seconds?)?(?= before now)"
)


class NotProved(AssertionError):
    """A block does not do what its page shows; the message says where and what to do."""


def shown(tree: DocsTree, output: str) -> str:
    """Return what an output file holds; no file stands for no output."""
    path = Path("snippets", output)
    return tree.text(path) if (tree.root / path).exists() else ""


def steady(text: str) -> str:
    """Return an output of a sandbox whose clock runs, without what differs from run to run."""
    return VARIES.sub("…", text)


def compare(tree: DocsTree, output: str, printed: str) -> None:
    """Compare what a run printed with an output file.

    Raises:
        NotProved: they differ.
    """
    path = Path("snippets", output)
    expected = shown(tree, output)
    if printed == expected:
        return
    diff = difflib.unified_diff(
        expected.splitlines(), printed.splitlines(), str(path), "what it printed", lineterm="", n=2
    )
    pairs = zip(expected.splitlines(), printed.splitlines(), strict=False)
    same = next(
        (n for n, (old, new) in enumerate(pairs, 1) if old != new),
        min(expected.count("\n"), printed.count("\n")) + 1,
    )
    problem = Problem(
        path,
        same,
        f"the run printed something else ({tree.shown_at(output)})",
        "If that is right, `make outputs` writes it",
    )
    raise NotProved(f"{problem}\n" + "\n".join(diff))


def write(tree: DocsTree, output: str, printed: str) -> None:
    """Make an output file equal to what a run printed; nothing printed leaves no file."""
    path = tree.snippets_dir / output
    if printed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(printed.encode())
    else:
        path.unlink(missing_ok=True)
