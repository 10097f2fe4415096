"""Leaves out tests: folders too slow for the inner loop, and what a machine cannot run.

A folder that needs what a machine may lack is named here. A single test that does is marked:
`@pytest.mark.needs("threads")`.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.docs import machine

# What each takes that a machine may lack.
SLOW = {
    "browser": "browser",
    "browser/firefox": "firefox",
    "client/rows": "postgres",
    "contract/loopback": "python",
    "docs/real": "postgres",
    "properties/real": "postgres",
    "sandbox/cli": "neon",
    "sandbox/command/databases": "postgres",
    "sandbox/command/processes": "python",
    "sandbox/postgres": "postgres",
}
# What of it reads site/ as well, and so has its place after a build alone.
BUILT = {"browser"}
HERE = Path(__file__).parent
LEFT_OUT = pytest.StashKey[dict[str, str]]()
SENT = "left out"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what the make targets ask for."""
    parser.getgroup("docs").addoption(
        "--real", action="store_true", help="run what takes servers, processes or Node as well"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begin with nothing left out."""
    config.addinivalue_line("markers", "needs(what): what a machine may lack")
    config.stash[LEFT_OUT] = {}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave a folder out where it has no place, and note what this machine lacks for it."""
    folder = collection_path.relative_to(HERE).as_posix() if HERE in collection_path.parents else ""
    need = SLOW.get(folder)
    if need is None:
        return None
    if not config.getoption("--real") or (folder in BUILT and not config.getoption("--published")):
        return True
    reason = machine.lacks(need)
    if reason:
        config.stash[LEFT_OUT][f"tests/{folder}"] = reason
    return True if reason else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that are marked with what this machine lacks, and note how many."""
    lacking: dict[tuple[str, str], list[pytest.Item]] = defaultdict(list)
    for item in items:
        needs = [need for mark in item.iter_markers("needs") for need in mark.args]
        if reason := next(filter(None, map(machine.lacks, needs)), None):
            lacking[item.path.relative_to(config.rootpath).as_posix(), reason].append(item)
    for (name, reason), left_out in lacking.items():
        tests = "1 test" if len(left_out) == 1 else f"{len(left_out)} tests"
        config.stash[LEFT_OUT][f"{tests} of {name}"] = reason
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take in what a process of this run noted."""
    node.config.stash[LEFT_OUT].update(getattr(node, "workeroutput", {}).get(SENT, {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand on what was noted, if this is one process of several."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[SENT] = session.config.stash[LEFT_OUT]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what this machine could not run."""
    for name, reason in sorted(config.stash[LEFT_OUT].items()):
        terminalreporter.write_line(f"not run here: {name}, because {reason}")
