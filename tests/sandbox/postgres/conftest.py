"""Fixtures of the tests with rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.postgres.harness import Harness, live_harness

if TYPE_CHECKING:
    from collections.abc import Iterator


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
