"""Counts the blocks shown and those checked in this run; in a whole run they must be equal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tools.docs.tree import DocsTree, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_examples import CodeExample

# The only output that no snippet prints. It is compared here, once the counts are known.
OUTPUT = "how-proved/counts.out"
LANGUAGES = {".py": "Python", ".sh": "shell", ".sql": "SQL"}
# The number of places that a line names; it only counts the rest.
NAMED_PLACES = 4


class CoveredBlock(NamedTuple):
    """A published block: its row in the table, its place, and the key of its check."""

    row: str
    place: str
    key: str


@dataclass
class CoverageReport:
    """The blocks to check, and the result of each."""

    entries: list[CoveredBlock] = field(default_factory=list)
    proved: set[str] = field(default_factory=set)
    missing: dict[str, str] = field(default_factory=dict)

    def prove(self, key: str) -> None:
        """Record that this run checked a snippet or another piece of code."""
        self.proved.add(key)

    def not_run_here(self, key: str, reason: str) -> None:
        """Record what this run cannot check, and why; `reason` completes “because …”."""
        self.missing[key] = reason

    def table(self, *, as_published: bool) -> str:
        """Return the table of counts; as published, blocks not run here count as checked."""
        # Only a run of all blocks publishes.
        counted = self.proved | (self.missing.keys() if as_published else set())
        lines = [f"{'kind':<20}{'shown':>6}{'proved':>8}\n"]
        for name, keys in self._rows():
            lines.append(f"{name:<20}{len(keys):>6}{sum(key in counted for key in keys):>8}\n")
        return "".join(lines)

    def _rows(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each kind with its keys, then each language within it."""
        rows = [*(kind.value for kind in Kind), *(entry.row for entry in self.entries)]
        for row in dict.fromkeys(rows):
            entries = [entry for entry in self.entries if entry.row == row]
            yield row, [entry.key for entry in entries]
            for ending, language in LANGUAGES.items() if row == Kind.RUNS else ():
                yield f"  {language}", [e.key for e in entries if e.key.endswith(ending)]

    def not_run_lines(self) -> list[str]:
        """Return one line for each reason, with the blocks that were not run here."""
        reasons = {k: reason for k, reason in self.missing.items() if k not in self.proved}
        lines = []
        for reason in sorted(set(reasons.values())):
            places = [entry.place for entry in self.entries if reasons.get(entry.key) == reason]
            blocks = "1 block" if len(places) == 1 else f"{len(places)} blocks"
            named = ", ".join(places[:NAMED_PLACES])
            more = f" and {len(places) - NAMED_PLACES} more" if len(places) > NAMED_PLACES else ""
            lines.append(f"not run here: {blocks}, because {reason}: {named}{more}")
        return lines

    def problems(self, page: str, *, publishing: bool) -> list[str]:
        """Return the reasons why this run fails; `page` is the table on the site."""
        unproved = (e for e in self.entries if e.key not in self.proved | self.missing.keys())
        found = [f"{entry.place}: shown, but nothing proved it" for entry in unproved]
        if publishing:
            found += [f"publishing needs every block: {line}" for line in self.not_run_lines()]
        if not found and page != self.table(as_published=True):
            found.append(f"snippets/{OUTPUT}:1: the counts are out of date. Run `make outputs`.")
        return found


def entries_of(tree: DocsTree) -> list[CoveredBlock]:
    """Return all published blocks: those of the pages, then of README and docstrings."""
    shown = [
        CoveredBlock(block.kind.value, f"{block.page}:{block.line}", block.snippet)
        for block in tree.blocks
    ]
    return shown + [CoveredBlock(row, place(e), place(e)) for row, e in printed_examples(tree)]


def printed_examples(tree: DocsTree) -> list[tuple[str, CodeExample]]:
    """Return the examples whose `#>` comments are their output, each with its row."""
    from pytest_examples import find_examples  # the tests also run where it cannot be installed

    found = []
    for row, folder in (("README", "README.md"), ("docstring", "src/neon_restore")):
        for example in find_examples(tree.root / folder):
            example.path = example.path.relative_to(tree.root)
            found.append((row, example))
    return sorted(found, key=lambda item: (item[0], item[1].path, item[1].start_line))


def place(example: CodeExample) -> str:
    """Return the file and line of an example."""
    return f"{example.path}:{example.start_line}"
