"""Skips, in `make quick`, tests that passed before, until something they depend on changes.

A test depends on the code, the harness, the locks and this Python; a block's test also on the
block's files. Tests in `tests/docs` read the whole repository: of them, only those of single
blocks are skipped. A test that opens any other repository file, or starts a program, always runs.
"""

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.plugin import REPORT
from tools.docs.example_config import example_config
from tools.docs.tree import ROOT, SETUP, DocsTree

STORE = ROOT / ".cache" / "remembered.json"
SHARED = ("src", "tests", "tools", "bench", "requirements", "pyproject.toml", "package-lock.json")
# Created from the locks, or by tests.
MADE = (".venv", "node_modules", ".cache", ".git", ".pytest_cache", ".hypothesis", ".coverage")
BLOCKS = "tests/docs/test_examples.py"
KEY = pytest.StashKey[str]()
PROPERTY, SENT = "remembered as", "remembered"
LOOSE = "uses what does not count for it"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that `make quick` uses."""
    parser.getgroup("docs").addoption(
        "--remember", action="store_true", help="leave out what is proved and has not changed"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Skip tests only with `--remember`, so that published content is always tested."""
    if config.getoption("--remember"):
        config.pluginmanager.register(Remembered(), "remembered-proofs")


def shared(root: Path) -> str:
    """Return a digest of what every test depends on."""
    digest = hashlib.sha256(f"{sys.version} {platform.platform()}".encode())
    for name in SHARED:
        paths = sorted([root / name, *(root / name).rglob("*")])
        add(digest, root, *(p for p in paths if p.is_file() and "__pycache__" not in p.parts))
    return digest.hexdigest()


def add(digest: Any, root: Path, *paths: Path) -> None:
    """Add the names and contents of files to a digest."""
    for path in paths:
        content = path.read_bytes() if path.exists() else b""
        digest.update(f"{path.relative_to(root)} {path.exists()} {len(content)}\n".encode())
        digest.update(content)


def own_files(tree: DocsTree, snippet: str) -> list[Path]:
    """Return the files that only a block's test depends on: its chain, the outputs, the set-up."""
    names = example_config(tree).chain(snippet)
    names = [SETUP, *names, *(f"{name}.out" for name in names)]
    return [tree.snippets_dir / name for name in names]


def key(tree: DocsTree, nodeid: str, snippet: str | None, of_all: str) -> str | None:
    """Return the key under which a passed test is stored, or None if it always runs."""
    file = module_of(nodeid)
    if file.startswith("tests/docs/") and (file != BLOCKS or snippet is None):
        return None
    digest = hashlib.sha256(f"{of_all} {nodeid}\n".encode())
    if snippet:
        add(digest, tree.root, *own_files(tree, snippet))
    return digest.hexdigest()


def module_of(nodeid: str) -> str:
    """Return the file of a test."""
    return nodeid.partition("::")[0]


class Remembered:
    """A plugin that skips stored tests, and stores those that pass."""

    def __init__(self) -> None:
        # Computed before the modules that it covers are imported.
        self._common = shared(ROOT)
        self._before: dict[str, list[str]] = {}
        if STORE.exists():
            self._before = json.loads(STORE.read_text("utf-8"))
        self._passed: dict[str, tuple[str, list[str]]] = {}
        self._left_out: set[str] = set()
        # Tests that did not pass, and files with a test that used something outside its key.
        self._wrong: set[str] = set()
        self._loose: set[str] = set()
        self._cold = 0
        # Paths that the running test's key covers; None once it has used anything else.
        self._counted: tuple[str, ...] | None = None
        sys.addaudithook(self._watch)

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Drop stored tests, and count their blocks as checked."""
        tree = DocsTree()
        run = []
        for item in items:
            own = key(tree, item.nodeid, snippet_of(item), self._common)
            if own in self._before:
                config.stash[REPORT].proved.update(self._before[own])
                self._left_out.add(own)
                continue
            if own:
                item.stash[KEY] = own
            run.append(item)
        items[:] = run

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Detect whether a test uses anything that its key does not cover."""
        snippet = snippet_of(item)
        own = own_files(DocsTree(), snippet) if snippet else []
        self._counted = tuple(map(str, [*(ROOT / name for name in (*SHARED, *MADE)), *own]))
        try:
            return (yield)
        finally:
            self._counted = None

    def _watch(self, event: str, given: tuple[object, ...]) -> None:
        if self._counted is None:
            return
        if event in {"open", "os.listdir", "os.scandir"} and isinstance(given[0], str):
            path = os.path.abspath(given[0])  # noqa: PTH100
            is_own = path.startswith(f"{ROOT}{os.sep}") and os.path.exists(path)  # noqa: PTH110
            if is_own and not path.startswith(self._counted):
                self._counted = None
        elif event == "subprocess.Popen":
            self._counted = None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        """Add the test's key and the blocks that it checked to the report."""
        result = yield
        own, snippet = item.stash.get(KEY, None), snippet_of(item)
        if own is None:
            return result
        if not self._counted:
            item.user_properties.append((PROPERTY, LOOSE))
        # If a file was edited meanwhile, the next run repeats the test.
        elif own == key(DocsTree(), item.nodeid, snippet, self._common):
            proved = item.config.stash[REPORT].proved & {snippet, f"{snippet}.out"}
            # A block that cannot run here was not checked.
            if bool(proved) == bool(snippet):
                item.user_properties.append((PROPERTY, [own, *sorted(proved)]))
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Store a test if all its phases passed."""
        if not report.passed:
            self._wrong.add(report.nodeid)
        if report.when != "teardown":
            return
        self._cold += 1
        found = dict(report.user_properties).get(PROPERTY)
        if found == LOOSE:
            self._loose.add(module_of(report.nodeid))
        elif isinstance(found, list) and report.nodeid not in self._wrong:
            self._passed[report.nodeid] = found[0], found[1:]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Collect the tests that a worker skipped."""
        self._left_out.update(getattr(node, "workeroutput", {}).get(SENT, []))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the keys that are current, and drop older ones."""
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[SENT] = sorted(self._left_out)
            return
        kept = {own: self._before[own] for own in self._left_out}
        # What one test of a file has read may be cached for the others, which then do not open it.
        if self._common == shared(ROOT):
            kept |= {
                own: proved
                for nodeid, (own, proved) in self._passed.items()
                if module_of(nodeid) == BLOCKS or module_of(nodeid) not in self._loose
            }
        STORE.parent.mkdir(exist_ok=True)
        new = STORE.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(kept), "utf-8")
        new.replace(STORE)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write how many tests ran, and how many were skipped."""
        terminalreporter.write_line(
            f"proved cold: {self._cold} tests; remembered: {len(self._left_out)}"
        )


def snippet_of(item: pytest.Item) -> str | None:
    """Return the code block that a test checks, if any."""
    params = getattr(getattr(item, "callspec", None), "params", {})
    return params.get("snippet") if item.nodeid.startswith(BLOCKS) else None
