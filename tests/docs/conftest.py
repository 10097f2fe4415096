"""Fixtures of the documentation tests."""

from pathlib import Path

import pytest

from tests.docs.coverage_report import CoverageReport
from tests.docs.plugin import REPORT
from tests.docs.run_policy import RunPolicy
from tools.docs.tree import DocsTree

ONLY_PUBLISHED = {
    "test_anchors.py",
    "test_finished.py",
    "test_install.py",
    "test_built_site.py",
    "test_valid.py",
    "test_wheel.py",
    "test_zensical.py",
}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave tests that need the built site or a fresh environment to `make test`."""
    if collection_path.name in ONLY_PUBLISHED and not config.getoption("--published"):
        return True
    return None


@pytest.fixture(scope="session")
def tree() -> DocsTree:
    """Return the pages and snippets of this repository."""
    return DocsTree()


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> CoverageReport:
    """Return the coverage report of this run."""
    return pytestconfig.stash[REPORT]


@pytest.fixture(scope="session")
def writing(pytestconfig: pytest.Config) -> bool:
    """Return whether this run writes outputs instead of comparing them."""
    return bool(pytestconfig.getoption("--write-outputs"))


@pytest.fixture(scope="session")
def policy(
    pytestconfig: pytest.Config, tree: DocsTree, report: CoverageReport, writing: bool
) -> RunPolicy:
    """Return the policy of this run: what it runs, and whether it writes outputs."""
    return RunPolicy(tree, report, real=pytestconfig.getoption("--real"), writing=writing)
