"""Fixtures of the client tests."""

import asyncio
from collections.abc import Iterator

import pytest

from neon_restore import Neon
from tests.client.harness import Harness


@pytest.fixture(params=["sync", "async"])
def harness(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    """Return the incident, once for each kind of client, with the client on the harness's clock."""
    with asyncio.Runner() as runner:
        harness = Harness(request.param, runner)
        # Tests replace functions of the clock after this, so pytest has to undo both in order.
        harness.patch_client(monkeypatch)
        yield harness
        harness.close()


@pytest.fixture
def neon(harness: Harness) -> Neon:
    """Return a client, blocking or asynchronous, that is called like `Neon`."""
    return harness.connect()
