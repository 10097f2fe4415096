"""The fenced blocks of all pages, the snippet that each includes, and its kind."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from tools.docs.settings import read_settings

ROOT = Path(__file__).parents[2]
SETUP = "setup.toml"
UNSHOWN = "_setup/"
"""The folder of programs that prepare a sandbox for other snippets; no page shows them."""


class Kind(StrEnum):
    """How a block is checked."""

    RUNS = "runs"
    OUTPUT = "output"
    WORKFLOW = "workflow"
    DESCRIPTION = "description"


class Ending(NamedTuple):
    """The kind and the language of a block, by the suffix of its snippet."""

    kind: Kind
    language: str


ENDINGS = {
    ".py": Ending(Kind.RUNS, "python"),
    ".sh": Ending(Kind.RUNS, "bash"),
    ".sql": Ending(Kind.RUNS, "sql"),
    ".out": Ending(Kind.OUTPUT, "text"),
    ".yml": Ending(Kind.WORKFLOW, "yaml"),
    ".txt": Ending(Kind.DESCRIPTION, "text"),
}
COPIED = frozenset({Kind.RUNS, Kind.WORKFLOW})

FENCE = re.compile(
    r"^(?P<indent>[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?)(?P<marks>`{3,}|~{3,})(?P<info>[^`]*)$"
)
INCLUDE = re.compile(r'^(?P<indent>[ \t]*)--8<--[ \t]+"(?P<name>[^"]+)"[ \t]*$', re.MULTILINE)


class Problem(NamedTuple):
    """A problem on a page or in a snippet, and its remedy."""

    path: Path
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}. {self.remedy}."


class Fence(NamedTuple):
    """A fenced block in Markdown; `end` is None if it is never closed."""

    page: Path
    line: int
    end: int | None
    info: str
    body: tuple[str, ...]

    @property
    def snippet(self) -> str | None:
        """The file that the block includes, or None if it has any other content."""
        match = INCLUDE.match(self.body[0]) if len(self.body) == 1 else None
        return match["name"] if match else None


class Block(NamedTuple):
    """A snippet shown on a page."""

    page: Path
    line: int
    snippet: str
    kind: Kind

    def __str__(self) -> str:
        return f"{self.page}:{self.line} ({self.snippet})"


@dataclass(frozen=True)
class DocsTree:
    """A folder with docs/, snippets/ and mkdocs.yml; paths in problems are relative to it."""

    root: Path = ROOT

    @property
    def snippets_dir(self) -> Path:
        """The folder of the snippets."""
        return self.root / "snippets"

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The settings in mkdocs.yml."""
        return read_settings(self.text(Path("mkdocs.yml")))

    def text(self, path: Path) -> str:
        """Return the text of a file, with its line endings unchanged."""
        return (self.root / path).read_bytes().decode("utf-8")

    @cached_property
    def pages(self) -> list[Path]:
        """Every Markdown page, sorted by path."""
        return sorted(path.relative_to(self.root) for path in (self.root / "docs").rglob("*.md"))

    @cached_property
    def _files(self) -> list[str]:
        files = (path for path in self.snippets_dir.rglob("*") if path.is_file())
        names = (path.relative_to(self.snippets_dir).as_posix() for path in files)
        return sorted(name for name in names if name != SETUP and "__pycache__" not in name)

    @cached_property
    def snippets(self) -> list[str]:
        """Every file under snippets/ that a page can show, by the name that pages use."""
        return [name for name in self._files if not name.startswith(UNSHOWN)]

    @cached_property
    def unshown(self) -> list[str]:
        """The programs that prepare a sandbox for other snippets."""
        return [name for name in self._files if name.startswith(UNSHOWN)]

    @cached_property
    def fences(self) -> list[Fence]:
        """Every fenced block of every page, in reading order."""
        return [fence for page in self.pages for fence in find_fences(page, self.text(page))]

    @cached_property
    def blocks(self) -> list[Block]:
        """Every well-formed block of every page, in reading order."""
        return [
            Block(fence.page, fence.line, fence.snippet, ending.kind)
            for fence in self.fences
            if fence.snippet and (ending := ENDINGS.get(Path(fence.snippet).suffix))
        ]

    def of_kind(self, *endings: str) -> list[str]:
        """Return the snippets with one of these suffixes, whether or not a page shows them."""
        return [name for name in self.snippets if Path(name).suffix in endings]

    def shown_at(self, snippet: str) -> str:
        """Return where pages show a snippet, in words for messages."""
        places = [f"{b.page}:{b.line}" for b in self.blocks if b.snippet == snippet]
        return f"shown at {', '.join(places)}" if places else "shown on no page"

    def problem(self, snippet: str, line: int, what: str, remedy: str) -> Problem:
        """Return a problem in a snippet, with where pages show it."""
        remedy = f"{remedy} ({self.shown_at(snippet)})"
        return Problem(Path("snippets", snippet), line, what, remedy)


def find_fences(page: Path, text: str) -> Iterator[Fence]:
    """Yield the fenced blocks of a page, including those in tabs, lists and quotes."""
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        opening = FENCE.match(lines[number])
        number += 1
        if not opening:
            continue
        start = number
        marks = opening["marks"]
        closing = re.compile(rf"^[ \t>]*{re.escape(marks)}{re.escape(marks[0])}*[ \t]*$")
        while number < len(lines) and not closing.match(lines[number]):
            number += 1
        closed = number < len(lines)
        body = tuple(lines[start:number])
        number += 1
        yield Fence(page, start, number if closed else None, opening["info"].strip(), body)
