"""What the tests of the sandbox share."""

import pytest

from tests.sandbox.world import World


@pytest.fixture
def world() -> World:
    """Return a fresh incident without rate limits."""
    return World()
