"""How much of what is generated is tried: a share in every run, all of it in `make properties`."""

from __future__ import annotations

import functools
import os
from collections import Counter
from typing import TYPE_CHECKING, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from hypothesis import settings

P = ParamSpec("P")

THOROUGH = bool(os.environ.get("THOROUGH"))
TRIED = "values tried"

_tried: Counter[str] = Counter()


def examples(share: int, everything: int) -> int:
    """Return how many examples this run tries."""
    return everything if THOROUGH else share


def trying(share: int, everything: int) -> settings:
    """Return the settings of a test that is the same in every run."""
    from hypothesis import settings  # every run of pytest loads this module

    return settings(
        max_examples=examples(share, everything),
        deadline=None,
        derandomize=True,
        database=None,
    )


def counted(test: Callable[P, None]) -> Callable[P, None]:
    """Count the values that a test is given."""

    @functools.wraps(test)
    def once(*args: P.args, **kwargs: P.kwargs) -> None:
        _tried[TRIED] += 1
        test(*args, **kwargs)

    return once


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Put the number into the test's report, which reaches the process that sums up."""
    if number := _tried.pop(TRIED, 0):
        item.user_properties.append((TRIED, number))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many values were tried."""
    numbers = [
        number
        for report in terminalreporter.getreports("")
        if report.when == "teardown"
        for name, number in report.user_properties
        if name == TRIED
    ]
    if numbers:
        terminalreporter.write_line(f"{TRIED}: {sum(numbers):,}")
