"""Counts what the pages show and what this run proved; a whole run must find the two equal."""

import os
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest
from pytest_examples import CodeExample, find_examples

from tests.docs.blocks import Kind, Tree

# The one output that no snippet prints: it is compared here, when the counts are known.
OUTPUT = "how-proved/counts.out"


class Entry(NamedTuple):
    """One block that a reader sees: its row in the table, where it stands, and what proves it."""

    row: str
    place: str
    key: str


@dataclass
class Tally:
    """The blocks to prove, and what became of each."""

    entries: list[Entry] = field(default_factory=list)
    proved: set[str] = field(default_factory=set)
    missing: dict[str, str] = field(default_factory=dict)

    def prove(self, key: str) -> None:
        """Note that a snippet, or another piece of code, was proved in this run."""
        self.proved.add(key)

    def not_run_here(self, key: str, reason: str) -> None:
        """Note what this run cannot prove, and why; `reason` completes “because …”."""
        self.missing[key] = reason

    def table(self, *, as_published: bool) -> str:
        """Return the table of counts; as published, what was not run here counts as proved.

        That is what a reader of the published site may take for granted: it is published only
        by a run that leaves nothing out.
        """
        counted = self.proved | (self.missing.keys() if as_published else set())
        rows = [*(kind.value for kind in Kind), *(entry.row for entry in self.entries)]
        lines = [f"{'kind':<20}{'shown':>6}{'proved':>8}"]
        for row in dict.fromkeys(rows):
            keys = [entry.key for entry in self.entries if entry.row == row]
            lines.append(f"{row:<20}{len(keys):>6}{sum(key in counted for key in keys):>8}")
        return "\n".join(lines) + "\n"

    def not_run_lines(self) -> list[str]:
        """Name what was not run here, one line for each reason."""
        reasons = {k: reason for k, reason in self.missing.items() if k not in self.proved}
        lines = []
        for reason in dict.fromkeys(reasons.values()):
            places = [entry.place for entry in self.entries if reasons.get(entry.key) == reason]
            blocks = "1 block" if len(places) == 1 else f"{len(places)} blocks"
            lines.append(f"not run here: {blocks}, because {reason}: {', '.join(places)}")
        return lines

    def problems(self, page: str, *, publishing: bool) -> list[str]:
        """List why this run may not pass; `page` is the table that the site shows."""
        known = self.proved | self.missing.keys()
        found = [
            f"{entry.place}: shown, but nothing proved it"
            for entry in self.entries
            if entry.key not in known
        ]
        if publishing:
            found += [f"publishing needs every block: {line}" for line in self.not_run_lines()]
        if not found and page != self.table(as_published=True):
            found.append(f"snippets/{OUTPUT}:1: the counts are out of date. Run `make outputs`.")
        return found


def entries_of(tree: Tree) -> list[Entry]:
    """List all that a reader sees: the blocks of the pages, then README and docstrings."""
    shown = [
        Entry(block.kind.value, f"{block.page}:{block.line}", block.snippet)
        for block in tree.blocks
    ]
    return shown + [Entry(row, place(e), place(e)) for row, e in printed_examples(tree)]


def printed_examples(tree: Tree) -> list[tuple[str, CodeExample]]:
    """Find the examples that carry what they print in `#>` comments, each with its row."""
    found = []
    for row, folder in (("README", "README.md"), ("docstring", "src/neon_restore")):
        for example in find_examples(tree.root / folder):
            example.path = example.path.relative_to(tree.root)
            found.append((row, example))
    return sorted(found, key=lambda item: (item[0], item[1].path, item[1].start_line))


def place(example: CodeExample) -> str:
    """Name an example by file and line."""
    return f"{example.path}:{example.start_line}"


TALLY = pytest.StashKey[Tally]()
PROBLEMS = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what the make targets ask for."""
    group = parser.getgroup("docs", "the documentation")
    group.addoption("--tally", action="store_true", help="fail unless every block shown is proved")
    group.addoption("--write-outputs", action="store_true", help="write outputs, compare nothing")
    group.addoption(
        "--published", action="store_true", help="prove site/ and the install line as well"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start counting."""
    config.stash[TALLY] = Tally()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write or check the table on the site, and fail the run when a block was left unproved."""
    config = session.config
    if not config.getoption("--tally"):
        return
    tree = Tree(config.rootpath)
    tally = config.stash[TALLY]
    tally.entries = entries_of(tree)
    tally.prove(OUTPUT)
    path = tree.snippets_dir / OUTPUT
    if config.getoption("--write-outputs"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(tally.table(as_published=True), "utf-8")
    page = path.read_text("utf-8") if path.exists() else ""
    problems = tally.problems(page, publishing=bool(os.environ.get("PUBLISH")))
    config.stash[PROBLEMS] = problems
    if problems and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table."""
    if not config.getoption("--tally"):
        return
    tally = config.stash[TALLY]
    terminalreporter.section("blocks on the pages")
    terminalreporter.write(tally.table(as_published=False))
    for line in tally.not_run_lines() or ["not run here: 0 blocks"]:
        terminalreporter.write_line(line)
    for problem in config.stash.get(PROBLEMS, []):
        terminalreporter.write_line(problem, red=True)
