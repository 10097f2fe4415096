"""A test run connects only to servers that it started, and ignores the shell's settings."""

import asyncio
import os
import socket

import httpx
import pytest

from neon_sandbox.cli.options import DEFAULT_PORT
from neon_sandbox.scenario import API_HOST, incident
from neon_sandbox.storage.memory import NOWHERE
from tests import isolation
from tests.isolation import NotOfThisRun


@pytest.mark.parametrize("address", [f"{API_HOST}/projects", "http://127.0.0.1:8000/"])
def test_the_developers_servers_are_not_asked(address: str) -> None:
    """A sandbox or a guide that runs beside the tests gets no requests from them."""
    with pytest.raises(NotOfThisRun, match="Let the test take a free one"):
        httpx.get(address)


@pytest.mark.parametrize("host", ["console.neon.tech", "192.0.2.1", "::ffff:192.0.2.1"])
def test_no_other_machine_is_asked(host: str) -> None:
    """Its name is not resolved either."""
    with pytest.raises(NotOfThisRun, match="is not on this machine"):
        socket.create_connection((host, 443))
    with pytest.raises(NotOfThisRun, match="is not on this machine"):
        asyncio.run(asyncio.open_connection(host, 443))


def test_a_server_of_a_tests_own_is_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        for name in ("127.0.0.1", "localhost"):
            socket.create_connection((name, server.getsockname()[1])).close()


def test_no_endpoint_in_memory_is_one_of_the_developers() -> None:
    """Connections of C libraries are not checked, so no server may be reachable there."""
    for endpoint in incident().model.endpoints.values():
        assert endpoint.host.partition(":")[0] == NOWHERE


def test_settings_of_the_shell_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of the live tests are kept, and loopback bypasses proxies."""
    forgotten = {
        "NEON_API_HOST": f"http://127.0.0.1:{DEFAULT_PORT}/api/v2",
        "NEON_API_KEY": "the developer's",
        "PGHOST": "127.0.0.1",
        "PGSSLMODE": "disable",
        "COLUMNS": "40",
        "FORCE_COLOR": "1",
        "NO_COLOR": "1",
    }
    kept = {"NEON_LIVE_API_KEY": "given", "PAGER": "less", "HTTP_PROXY": "http://192.0.2.1:3128"}
    for name, value in (forgotten | kept).items():
        monkeypatch.setenv(name, value)
    isolation.pytest_configure()
    assert forgotten.keys().isdisjoint(os.environ)
    assert kept.items() <= dict(os.environ).items()
    assert "127.0.0.1" in os.environ["NO_PROXY"]
