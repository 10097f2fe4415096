"""Finds in the output of a command why it failed, with file and line if the output has them."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.docs.tree import ROOT

# A MkDocs warning about a link has the page and the link, but not the line.
LINK = re.compile(r"Doc file '(?P<page>[^']+)' contains .*?'(?P<link>[^']+)'.*")
WARNING = re.compile(r"(?:WARNING|ERROR) +-  ?(?P<what>.*)")
# The place in a Python traceback or in a YAML error.
PLACE = re.compile(r'"(?P<file>[^"\n]+)", line (?P<line>\d+)')
# A reason that begins with file and line.
LOCATED = re.compile(r"[\w./-]+:\d+: .*")
ERROR = re.compile(r"(?:\w+\.)*\w+: (?P<what>[\w./-]+:\d+: .*)")
# The folders in which the Python of the pages has files of this repository.
MOUNTED = {"/packages/": "src/", "/project/": ""}
LAST_LINES = 15


def reasons(output: str, root: Path = ROOT) -> list[str]:
    """Return the lines of a command's output that explain the failure."""
    found = [match["what"] for match in WARNING.finditer(output)]
    if found:
        return [text for what in found for text in _with_lines(what, root)]
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    what = next((line for line in reversed(lines) if not PLACE.search(line)), "")
    if own := ERROR.fullmatch(what):
        return [own["what"]]
    places = [place for match in PLACE.finditer(output) if (place := _place(match, root))]
    return [f"{places[-1]}: {what}"] if places else output.strip().splitlines()[-LAST_LINES:]


def _with_lines(what: str, root: Path) -> Iterator[str]:
    link = LINK.fullmatch(what)
    if not link:
        yield what
        return
    lines = (root / "docs" / link["page"]).read_text("utf-8").splitlines()
    numbers = [number for number, line in enumerate(lines, 1) if link["link"] in line] or [1]
    for number in numbers:
        yield f"docs/{link['page']}:{number}: {what}"


def _place(match: re.Match[str], root: Path) -> str:
    """Return the file and line of a match, or an empty string if it is outside the repository."""
    name = match["file"].removeprefix(f"{root}/")
    for mounted, here in MOUNTED.items():
        if name.startswith(mounted):
            name = here + name.removeprefix(mounted)
    is_own = (root / name).is_relative_to(root) and (root / name).is_file()
    return f"{name}:{match['line']}" if is_own else ""
