"""What holds for every test."""

import signal

pytest_plugins = [
    "pytester",
    "tests.contract.plugin",
    "tests.docs.plugin",
    "tests.left_out",
    "tests.thorough",
]


def pytest_configure() -> None:
    """Take Ctrl-C: a shell's background jobs ignore it, and so would all that tests start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
