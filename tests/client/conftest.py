"""What the tests of the client share."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from neon_restore import Neon, _clock
from tests.client.harness import Harness


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pauses be as long as they are meant to be."""
    monkeypatch.setattr(_clock, "jitter", lambda: 1.0)


@pytest.fixture(params=["sync", "async"])
def harness(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    """Return the incident, once for each kind of client, with the client's time its own.

    Of NEON_ variables only those are set that point at it.
    """
    with asyncio.Runner() as runner:
        harness = Harness(kind=request.param, runner=runner)
        for name in ("now", "monotonic", "sleep", "asleep"):
            monkeypatch.setattr(_clock, name, getattr(harness.clock, name))
        for name in [name for name in os.environ if name.startswith("NEON_")]:
            monkeypatch.delenv(name)
        for name, value in harness.sandbox.environment.items():
            monkeypatch.setenv(name, value)
        yield harness
        harness.close()


@pytest.fixture
def neon(harness: Harness) -> Neon:
    """Return a client, blocking or asynchronous, called alike."""
    return harness.connect()
