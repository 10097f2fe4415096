"""What the tests with rows share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.postgres.world import World, live_world

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def standing() -> Iterator[World]:
    """Return the incident, for tests that leave it as it is."""
    with live_world() as world:
        yield world


@pytest.fixture
def world() -> Iterator[World]:
    """Return a fresh incident, for tests that change it."""
    with live_world() as world:
        yield world
