"""Compares the output of a run with the file that the page shows, and writes that file."""

import difflib
import re
from itertools import zip_longest
from pathlib import Path

from tools.docs.tree import DocsTree, Problem

# Ports, and times, durations and ages that follow the clock of the machine.
VARIES = re.compile(
    r"(?<=127\.0\.0\.1:)\d+|(?<=T1[34]:)(?:39|4\d):\d\d(?:\.\d{6})?(?=Z)"
    r"|(?<=T14:)(?:29|30):\d\d(?=Z, 10 minutes)"
    r"|\d+\.\d seconds|\b0 seconds|(?<=minutes)(?: \d+ seconds?)?(?= before now)"
)


class ExampleMismatch(AssertionError):
    """A mismatch between a block and its page; the message has the place and the remedy."""


def shown(tree: DocsTree, output: str) -> str:
    """Return the text of an output file, or an empty string if there is no file."""
    path = Path("snippets", output)
    return tree.text(path) if (tree.root / path).exists() else ""


def steady(text: str) -> str:
    """Mask the values in the output of a live sandbox that vary between runs."""
    return VARIES.sub("…", text)


def compare(tree: DocsTree, output: str, printed: str) -> None:
    """Compare the output of a run with an output file; raise `ExampleMismatch` if they differ."""
    path = Path("snippets", output)
    expected = shown(tree, output)
    if printed == expected:
        return
    diff = difflib.unified_diff(
        expected.splitlines(), printed.splitlines(), str(path), "what it printed", lineterm="", n=2
    )
    pairs = zip_longest(expected.splitlines(keepends=True), printed.splitlines(keepends=True))
    line = next(number for number, (old, new) in enumerate(pairs, 1) if old != new)
    what = f"the run printed something else ({tree.shown_at(output)})"
    problem = Problem(path, line, what, "If that is right, `make outputs` writes it")
    raise ExampleMismatch(f"{problem}\n" + "\n".join(diff))


def write(tree: DocsTree, output: str, printed: str) -> None:
    """Write the output of a run to an output file; delete the file if there is no output."""
    path = tree.snippets_dir / output
    if printed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(printed.encode())
    else:
        path.unlink(missing_ok=True)
