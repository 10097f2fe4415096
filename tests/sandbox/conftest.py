"""What the tests of the sandbox share."""

import pytest

from tests.sandbox.harness import Harness


@pytest.fixture
def harness() -> Harness:
    """Return a fresh incident without rate limits."""
    return Harness()
