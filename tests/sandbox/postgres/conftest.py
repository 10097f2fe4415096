"""Fixtures of the tests with rows."""

from collections.abc import Iterator

import pytest

from tests.sandbox.postgres.harness import Harness, live_harness


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Harness]:
    """Return the incident, for tests that do not change it."""
    with live_harness() as harness:
        yield harness


@pytest.fixture
def harness() -> Iterator[Harness]:
    """Return a fresh incident, for tests that change it."""
    with live_harness() as harness:
        yield harness
