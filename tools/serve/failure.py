"""Says why a build failed: file, line and what to do, as far as anything knows."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.finish.pages import ROOT

# What MkDocs says of a link: the page and the link, but not the line.
LINK = re.compile(r"Doc file '(?P<page>[^']+)' contains .*?'(?P<link>[^']+)'.*")
WARNING = re.compile(r"(?:WARNING|ERROR) +-  ?(?P<what>.*)")
# A problem as the tests of the pages state it.
PROBLEM = re.compile(r"[\w./-]+:\d+: .*")
LAST_LINES = 15


def problems(judged: str) -> list[str]:
    """Return what the tests of the pages found: they know more of a page than the builder."""
    return [line for line in judged.splitlines() if PROBLEM.fullmatch(line)]


def reasons(output: str, root: Path = ROOT) -> list[str]:
    """Return what a builder's output says of the failure, without what it says besides."""
    found = [match["what"] for match in WARNING.finditer(output)]
    located = [text for what in found for text in _located(what, root)]
    return located or output.strip().splitlines()[-LAST_LINES:]


def _located(what: str, root: Path) -> Iterator[str]:
    link = LINK.fullmatch(what)
    if not link:
        yield what
        return
    lines = (root / "docs" / link["page"]).read_text("utf-8").splitlines()
    numbers = [number for number, line in enumerate(lines, 1) if link["link"] in line] or [1]
    for number in numbers:
        yield f"docs/{link['page']}:{number}: {what}"
