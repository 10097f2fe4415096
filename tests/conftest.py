"""What holds for every test."""

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
    """Name a marker, and take the signals that end a process.

    A job in the background, or under nohup, ignores some. So would all that the tests start.
    """
    config.addinivalue_line(
        "markers", "long_running: takes ten seconds or more, and begins before others"
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            is_ctrl_c = number is signal.SIGINT
            signal.signal(number, signal.default_int_handler if is_ctrl_c else signal.SIG_DFL)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long: at the end, all other processes would wait for it."""
    items.sort(key=lambda item: item.get_closest_marker("long_running") is None)


def pytest_collection_finish() -> None:
    """Keep the tests that were collected out of every collection of garbage: they all stay."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return pytest's own, which runs pytest in this process with no plugin that it is not given.

    Afterwards it forgets the modules that the run imported. Where plugins brought httpcore and
    anyio, httpx later met two of each, and let the exceptions of the second pass.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return pytester
