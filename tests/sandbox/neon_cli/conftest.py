"""Starts the marked Neon CLI calls, two at a time, before the first test needs its outcome."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.sandbox.neon_cli.program import Outcome, carry_out


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", "calls(call, before): a call of `neon` for this test")


@pytest.fixture(scope="session")
def calls(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Outcome]]]:
    """Start every marked call of this run; a call takes a second or two to start."""
    homes = tmp_path_factory.mktemp("homes")
    # More than two would slow each other down, and the slowest would exceed its time limit.
    with ThreadPoolExecutor(2) as pool:
        yield {
            item.nodeid: pool.submit(carry_out, homes / str(number), *marker.args, **marker.kwargs)
            for number, item in enumerate(request.session.items)
            if (marker := item.get_closest_marker("calls"))
        }
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def outcome(request: pytest.FixtureRequest, calls: dict[str, Future[Outcome]]) -> Outcome:
    """Return the outcome of this test's call."""
    return calls[request.node.nodeid].result()
