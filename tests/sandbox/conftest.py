"""Fixtures of the sandbox tests."""

import pytest

from tests.sandbox.harness import Harness


@pytest.fixture
def harness() -> Harness:
    """Return a fresh incident without rate limits."""
    return Harness()
