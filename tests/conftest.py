"""Plugins, markers and fixtures of all tests."""

import gc
import signal

import pytest

pytest_plugins = [
    "pytester",
    "tests.contract.plugin",
    "tests.docs.plugin",
    "tests.isolation",
    "tests.requirements",
    "tests.remembered",
    "tests.scratch",
    "tests.generated_input",
]


def pytest_configure(config: pytest.Config) -> None:
    """Register a marker, and reset ignored signals that end a process."""
    config.addinivalue_line(
        "markers", "long_running: takes ten seconds or more, and begins before others"
    )
    # A background job, or one under nohup, ignores some. Its child processes would ignore them too.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            is_ctrl_c = number is signal.SIGINT
            signal.signal(number, signal.default_int_handler if is_ctrl_c else signal.SIG_DFL)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run long tests first: at the end, all other workers would wait for them."""
    items.sort(key=lambda item: item.get_closest_marker("long_running") is None)


def pytest_collection_finish() -> None:
    """Exclude the collected tests from garbage collection: they all stay alive."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return pytest's fixture, which runs pytest in this process, without autoloaded plugins.

    After a run it removes the modules that the run imported. When plugins had imported httpcore and
    anyio, httpx later saw two copies of each and did not catch exceptions of the second.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return pytester
