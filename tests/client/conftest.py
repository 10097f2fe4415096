"""What the tests of the client share."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from neon_restore import Neon, _clock
from tests.client.world import World


@pytest.fixture(autouse=True)
def _evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pauses be as long as they are meant to be."""
    monkeypatch.setattr(_clock, "jitter", lambda: 1.0)


@pytest.fixture(params=["sync", "async"])
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Return the incident, once for each kind of client, with the client's time its own.

    Of NEON_ variables only those are set that point at it.
    """
    with asyncio.Runner() as runner:
        world = World(kind=request.param, runner=runner)
        for name in ("now", "monotonic", "sleep", "asleep"):
            monkeypatch.setattr(_clock, name, getattr(world.clock, name))
        for name in [name for name in os.environ if name.startswith("NEON_")]:
            monkeypatch.delenv(name)
        for name, value in world.sandbox.environment.items():
            monkeypatch.setenv(name, value)
        yield world
        world.close()


@pytest.fixture
def neon(world: World) -> Neon:
    """Return a client, blocking or asynchronous, called alike."""
    return world.connect()
