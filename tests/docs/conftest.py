"""What the tests of the documentation share."""

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
    """Leave to `make test` what needs the built site or a fresh environment."""
    if collection_path.name in ONLY_PUBLISHED and not config.getoption("--published"):
        return True
    return None


@pytest.fixture(scope="session")
def tree() -> DocsTree:
    """The pages and snippets of this repository."""
    return DocsTree()


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> CoverageReport:
    """What this run proved so far."""
    return pytestconfig.stash[REPORT]


@pytest.fixture(scope="session")
def writing(pytestconfig: pytest.Config) -> bool:
    """Whether this run writes outputs instead of comparing them."""
    return bool(pytestconfig.getoption("--write-outputs"))


@pytest.fixture(scope="session")
def policy(
    pytestconfig: pytest.Config, tree: DocsTree, report: CoverageReport, writing: bool
) -> RunPolicy:
    """What this run may run, and what becomes of what is printed."""
    return RunPolicy(tree, report, real=pytestconfig.getoption("--real"), writing=writing)
