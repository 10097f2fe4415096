"""Fixtures of the documentation tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.coverage_report import CoverageReport
from tests.docs.plugin import REPORT
from tests.docs.run_policy import RunPolicy
from tools.docs import requirements
from tools.docs.tree import DocsTree

ONLY_PUBLISHED = ("anchors", "built_site", "finished", "install", "valid", "wheel", "zensical")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave tests that need the built site or a fresh environment to `make test`."""
    is_left_out = collection_path.stem.removeprefix("test_") in ONLY_PUBLISHED
    return True if is_left_out and not config.getoption("--published") else None


@pytest.fixture(scope="session")
def tree() -> DocsTree:
    """Return the pages and snippets of this repository."""
    return DocsTree()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return an empty folder, which is the only one that programs are searched in."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setattr(requirements, "PATH", str(folder))
    monkeypatch.setenv("PATH", str(folder))
    requirements.lacks.cache_clear()
    yield folder
    requirements.lacks.cache_clear()


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
