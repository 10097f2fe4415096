"""What the tests of the documentation share."""

from pathlib import Path

import pytest

from tests.docs.plugin import TALLY
from tests.docs.runs import Runs
from tests.docs.tally import Tally
from tools.docs.blocks import Tree

ONLY_PUBLISHED = {
    "test_anchors.py",
    "test_finished.py",
    "test_install.py",
    "test_published.py",
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
def tree() -> Tree:
    """The pages and snippets of this repository."""
    return Tree()


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    """What this run proved so far."""
    return pytestconfig.stash[TALLY]


@pytest.fixture(scope="session")
def writing(pytestconfig: pytest.Config) -> bool:
    """Whether this run writes outputs instead of comparing them."""
    return bool(pytestconfig.getoption("--write-outputs"))


@pytest.fixture(scope="session")
def runs(pytestconfig: pytest.Config, tree: Tree, tally: Tally, writing: bool) -> Runs:
    """What this run may run, and what becomes of what is printed."""
    return Runs(tree, tally, real=pytestconfig.getoption("--real"), writing=writing)
