"""A pytest plugin that counts the blocks of a whole run, in one or several processes."""

import os
from collections import Counter
from typing import Any

import pytest

from tests.docs.coverage_report import OUTPUT, CoverageReport, entries_of
from tools.docs.tree import DocsTree

REPORT = pytest.StashKey[CoverageReport]()
PROBLEMS = pytest.StashKey[list[str]]()
SENT = "covered blocks"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that the make targets pass."""
    group = parser.getgroup("docs", "the documentation")
    group.addoption(
        "--all-blocks", action="store_true", help="fail unless every block shown is proved"
    )
    group.addoption("--write-outputs", action="store_true", help="write outputs, compare nothing")
    group.addoption(
        "--published", action="store_true", help="prove site/ and the install lines as well"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start an empty coverage report."""
    config.stash[REPORT] = CoverageReport()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add the counts of a worker process; a crashed one has none."""
    sent = getattr(node, "workeroutput", {}).get(SENT)
    if sent:
        report = node.config.stash[REPORT]
        report.proved.update(sent["proved"])
        report.missing.update(sent["missing"])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write or check the table on the site, and fail the run if a block was not checked."""
    config = session.config
    report = config.stash[REPORT]
    if hasattr(config, "workeroutput"):
        config.workeroutput[SENT] = {"proved": sorted(report.proved), "missing": report.missing}
        return
    if not config.getoption("--all-blocks"):
        return
    tree = DocsTree(config.rootpath)
    report.entries = entries_of(tree)
    report.prove(OUTPUT)
    path = tree.snippets_dir / OUTPUT
    if config.getoption("--write-outputs"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(report.table(as_published=True), "utf-8")
    page = path.read_text("utf-8") if path.exists() else ""
    problems = report.problems(page, publishing=bool(os.environ.get("PUBLISH")))
    config.stash[PROBLEMS] = problems
    if problems and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the numbers that tests recorded, and the table."""
    for name, number in _counted(terminalreporter).items():
        terminalreporter.write_line(f"{name}: {number}")
    if not config.getoption("--all-blocks"):
        return
    report = config.stash[REPORT]
    terminalreporter.section("blocks on the pages")
    terminalreporter.write(report.table(as_published=False))
    for line in report.not_run_lines() or ["not run here: 0 blocks"]:
        terminalreporter.write_line(line)
    for problem in config.stash.get(PROBLEMS, []):
        terminalreporter.write_line(problem, red=True)


def _counted(terminalreporter: pytest.TerminalReporter) -> Counter[str]:
    """Return the sums of the numbers in the tests' `user_properties`, by name."""
    found: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, number in report.user_properties:
            found[name] += int(str(number))
    return found
