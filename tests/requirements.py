"""Skips folders that are too slow for the inner loop, and tests that this machine cannot run.

A folder that needs something a machine may lack is listed here. A single test is marked:
`@pytest.mark.needs("threads")`.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tools.docs import requirements

# What each folder needs that a machine may lack.
SLOW = {
    "browser": "browser",
    "browser/firefox": "firefox",
    "client/rows": "postgres",
    "contract/loopback": "python",
    "docs/real": "postgres",
    "official_clients": "neon",
    "properties/real": "postgres",
    "sandbox/cli/databases": "postgres",
    "sandbox/cli/processes": "python",
    "sandbox/postgres": "postgres",
}
# Those that also read site/, and so run only after a build.
BUILT = {"browser"}
HERE = Path(__file__).parent
LEFT_OUT = pytest.StashKey[dict[str, str]]()
SENT = "left out"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that the make targets use."""
    parser.getgroup("docs").addoption(
        "--real", action="store_true", help="run what takes servers, processes or Node as well"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register a marker, and start with nothing skipped."""
    config.addinivalue_line("markers", "needs(*names): what a test needs that a machine may lack")
    config.stash[LEFT_OUT] = {}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip a folder that is not part of this run, and record what this machine lacks for it."""
    folder = collection_path.relative_to(HERE).as_posix() if HERE in collection_path.parents else ""
    need = SLOW.get(folder)
    if need is None:
        return None
    if not config.getoption("--real") or (folder in BUILT and not config.getoption("--published")):
        return True
    reason = requirements.lacks(need)
    if reason:
        config.stash[LEFT_OUT][f"tests/{folder}"] = reason
    return True if reason else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect each test that needs something this machine lacks, and count them per file."""
    noted = config.stash[LEFT_OUT]
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    counts: Counter[tuple[str, str]] = Counter()
    for item in items:
        # A folder named on the command line is collected anyway.
        folder = next((name for name in SLOW if HERE / name in item.path.parents), None)
        needs = sorted({need for mark in item.iter_markers("needs") for need in mark.args})
        reason = requirements.lacks(SLOW[folder]) if folder else None
        if reason:
            noted[f"tests/{folder}"] = reason
        elif reason := next(filter(None, map(requirements.lacks, needs)), None):
            counts[item.nodeid.partition("::")[0], reason] += 1
        (left if reason else kept).append(item)
    for (path, reason), count in counts.items():
        noted[f"{'1 test' if count == 1 else f'{count} tests'} of {path}"] = reason
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Collect what a worker recorded."""
    node.config.stash[LEFT_OUT].update(getattr(node, "workeroutput", {}).get(SENT, {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the record to the main process, if this is a worker."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[SENT] = session.config.stash[LEFT_OUT]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Write what this machine could not run."""
    for tests, reason in sorted(config.stash[LEFT_OUT].items()):
        terminalreporter.write_line(f"not run here: {tests}, because {reason}")
