"""A pytest plugin that counts the blocks of a whole run, in one or several processes."""

import os
from collections import Counter
from typing import Any

import pytest

from tests.docs.coverage_report import OUTPUT, CoverageReport, entries_of
from tools.docs import outputs
from tools.docs.tree import DocsTree

REPORT = pytest.StashKey[CoverageReport]()
PROBLEMS = pytest.StashKey[list[str]]()
SENT = "covered blocks"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that the make targets pass."""
    group = parser.getgroup("docs", "the documentation")
    for option, text in (
        ("--all-blocks", "fail unless every block shown is proved"),
        ("--write-outputs", "write outputs, compare nothing"),
        ("--published", "prove site/ and the install lines as well"),
    ):
        group.addoption(option, action="store_true", help=text)


def pytest_configure(config: pytest.Config) -> None:
    """Start an empty coverage report."""
    config.stash[REPORT] = CoverageReport()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add the counts of a worker process; a crashed one has none."""
    if sent := getattr(node, "workeroutput", {}).get(SENT):
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
    if config.getoption("--write-outputs"):
        outputs.write(tree, OUTPUT, report.table(as_published=True))
    page = outputs.shown(tree, OUTPUT)
    config.stash[PROBLEMS] = report.problems(page, publishing=bool(os.environ.get("PUBLISH")))
    if config.stash[PROBLEMS] and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the numbers that tests recorded, and the table."""
    counted: Counter[str] = Counter()
    for passed in terminalreporter.getreports("passed"):
        for name, number in passed.user_properties:
            counted[name] += int(str(number))
    for name, total in counted.items():
        terminalreporter.write_line(f"{name}: {total}")
    if not config.getoption("--all-blocks"):
        return
    report = config.stash[REPORT]
    terminalreporter.section("blocks on the pages")
    terminalreporter.write(report.table(as_published=False))
    for line in report.not_run_lines() or ["not run here: 0 blocks"]:
        terminalreporter.write_line(line)
    for problem in config.stash.get(PROBLEMS, []):
        terminalreporter.write_line(problem, red=True)
