"""Fixtures of the client tests."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from neon_restore import Neon, _clock
from neon_sandbox.testing.environment import CLOCK_FUNCTIONS
from tests.client.harness import Harness


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the jitter from pauses."""
    monkeypatch.setattr(_clock, "jitter", lambda: 1.0)


@pytest.fixture(params=["sync", "async"])
def harness(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    """Return the incident, once for each kind of client, with the client on the harness's clock.

    Of the NEON_ variables, only those that point at its sandbox are set.
    """
    with asyncio.Runner() as runner:
        harness = Harness(kind=request.param, runner=runner)
        for name in [name for name in os.environ if name.startswith("NEON_")]:
            monkeypatch.delenv(name)
        for name, value in harness.sandbox.environment.items():
            monkeypatch.setenv(name, value)
        # Tests replace functions of the clock after this, so pytest has to undo both in order.
        for name in CLOCK_FUNCTIONS:
            monkeypatch.setattr(_clock, name, getattr(harness.clock, name))
        yield harness
        harness.close()


@pytest.fixture
def neon(harness: Harness) -> Neon:
    """Return a client, blocking or asynchronous, that is called like `Neon`."""
    return harness.connect()
