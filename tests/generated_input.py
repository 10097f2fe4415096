"""Sets how many examples generated tests try: more under the profile `thorough`."""

from __future__ import annotations

import functools
from collections import Counter
from typing import TYPE_CHECKING, ParamSpec

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis import settings

P = ParamSpec("P")

THOROUGH = "thorough"
VALUES_TRIED = "values tried"

_values_tried: Counter[str] = Counter()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the profile before Hypothesis loads the one that is named."""
    if config.getoption("--hypothesis-profile", None) == THOROUGH:
        from hypothesis import settings

        settings.register_profile(THOROUGH)


def examples(usual: int, thorough: int) -> int:
    """Return how many examples this run tries."""
    from hypothesis import settings

    return thorough if settings.get_current_profile_name() == THOROUGH else usual


def same_examples(usual: int, thorough: int) -> settings:
    """Return settings that try the same examples in every run, however busy the machine is."""
    from hypothesis import HealthCheck, settings  # every run of pytest loads this module

    _no_constants_of_this_repository()
    return settings(
        max_examples=examples(usual, thorough),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


@functools.cache
def _no_constants_of_this_repository() -> None:
    """Keep Hypothesis from trying constants that it finds in the modules of this repository."""
    # Which modules are loaded depends on the tests that ran before in the same process.
    from hypothesis.internal.conjecture import providers
    from hypothesis.internal.constants_ast import Constants

    none = Constants()
    providers._get_local_constants = lambda: none


def counted(test: Callable[P, None]) -> Callable[P, None]:
    """Count the generated values that a test receives."""

    @functools.wraps(test)
    def once(*args: P.args, **kwargs: P.kwargs) -> None:
        _values_tried[VALUES_TRIED] += 1
        test(*args, **kwargs)

    return once


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Add the count to the test's report, which reaches the process that writes the summary."""
    if number := _values_tried.pop(VALUES_TRIED, 0):
        item.user_properties.append((VALUES_TRIED, number))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write how many values were tried."""
    numbers = [
        number
        for report in terminalreporter.getreports("")
        if report.when == "teardown"
        for name, number in report.user_properties
        if name == VALUES_TRIED
    ]
    if numbers:
        terminalreporter.write_line(f"{VALUES_TRIED}: {sum(numbers):,}")
