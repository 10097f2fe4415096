"""Tests of the incident, and of its routes in respx."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
import respx

from neon_sandbox import MemoryStorage, SteppedClock, incident
from neon_sandbox.api import ROUTES
from neon_sandbox.scenario import API_HOST, instant
from neon_sandbox.testing.respx import UNKNOWN, mount
from tests.sandbox.harness import DEVELOPMENT, PRODUCTION, Harness


def test_production_is_the_root_and_development_its_child(harness: Harness) -> None:
    """The branches have the ids that every page uses."""
    production, development = harness.branch(PRODUCTION), harness.branch(DEVELOPMENT)
    assert (production["name"], production["default"]) == ("production", True)
    assert "parent_id" not in production
    assert (development["name"], development["default"]) == ("development", False)
    assert development["parent_id"] == PRODUCTION
    assert development["created_at"] == "2026-11-20T10:00:00Z"
    assert not production["protected"]
    assert not development["protected"]


def test_it_happened_on_its_day(harness: Harness) -> None:
    assert harness.get("")["project"]["created_at"] == "2026-11-20T08:00:00Z"
    last = harness.storage.commits(PRODUCTION)[-2:]
    assert [(c.time, c.database, c.sql.split(" (")[0]) for c in last] == [
        (instant("14:31:07"), "shop", "DELETE FROM orders"),
        (instant("14:33:00"), "analytics", "INSERT INTO events"),
    ]
    assert harness.clock.now() == instant("14:40:00")


def test_all_work_of_the_past_has_ended(harness: Harness) -> None:
    """The sandbox accepts the first request of a test, because no operation is running."""
    operations = harness.get("/operations")["operations"]
    assert {operation["status"] for operation in operations} == {"finished"}
    assert harness.sandbox.model.idle_at() is None


def test_the_environment_points_at_it(harness: Harness) -> None:
    assert harness.sandbox.environment == {
        "NEON_API_HOST": "http://127.0.0.1:14310/api/v2",
        "NEON_API_KEY": "sandbox-key-useless-elsewhere",
        "NEON_PROJECT_ID": "sandbox-shop-00000000",
    }


def test_two_of_them_are_alike_and_apart(harness: Harness) -> None:
    other = Harness()
    assert harness.branches() == other.branches()
    harness.rewound()
    assert harness.branches() != other.branches()


def test_it_goes_on_with_a_clock_and_a_storage_of_the_callers() -> None:
    clock, storage = SteppedClock(instant("15:00:00")), MemoryStorage()
    sandbox = incident(clock, storage)
    sandbox.commit("production", "shop", "SELECT 1")
    assert storage.commits(PRODUCTION)[-1].time == instant("15:00:00")
    assert sandbox.storage is storage
    clock.advance(timedelta(minutes=1))
    assert sandbox.model.now() == instant("15:01:00")


def test_a_branch_is_found_by_name(harness: Harness) -> None:
    assert harness.sandbox.branch("development").id == DEVELOPMENT
    with pytest.raises(KeyError, match="nowhere"):
        harness.sandbox.branch("nowhere")


def test_passwords_stay_out_of_a_repr(harness: Harness) -> None:
    role = harness.sandbox.branch("production").roles["shop_owner"]
    assert "shop_owner" in repr(role)
    assert role.password
    assert role.password not in repr(role)


@pytest.fixture
def router(harness: Harness) -> Iterator[respx.MockRouter]:
    """Return a router that passes requests to the sandbox, and need not be called."""
    with respx.mock(assert_all_called=False) as router:
        mount(router, harness.sandbox.api, API_HOST)
        yield router


def test_each_route_has_a_name_of_its_own_in_respx(
    harness: Harness, router: respx.MockRouter
) -> None:
    """The model answers a request, and respx counts it only under its route's name."""
    url = f"{API_HOST}{harness.project}/branches"
    response = httpx.get(url, params={"limit": 1}, headers=harness.http.headers)
    assert len(response.json()["branches"]) == 1
    assert [route.name for route in router.routes if route.called] == ["list_branches"]
    assert {route.name for route in router.routes} == {r.name for r in ROUTES} | {UNKNOWN}


def test_asynchronous_clients_are_answered_too(harness: Harness) -> None:
    """The same routes serve them; the base URL can end in a slash."""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(headers=harness.http.headers) as client:
            return await client.get(f"{API_HOST}{harness.project}")

    with respx.mock(assert_all_called=False) as router:
        mount(router, harness.sandbox.api, f"{API_HOST}/")
        assert asyncio.run(ask()).json()["project"]["name"] == "shop"


def test_an_unknown_path_is_answered_through_respx(
    harness: Harness, router: respx.MockRouter
) -> None:
    """The model responds with 404; respx does not raise."""
    response = httpx.get(f"{API_HOST}/nowhere", headers=harness.http.headers)
    assert response.status_code == 404
    assert router[UNKNOWN].called


@pytest.mark.usefixtures("router")
def test_another_host_is_not_the_stand_ins_to_answer() -> None:
    with pytest.raises(AssertionError, match="not mocked"):
        httpx.get("http://127.0.0.1:14310/api/v3/projects")


@pytest.mark.needs("processes")
def test_the_stand_in_does_not_need_respx() -> None:
    """Only ``neon_sandbox.testing.respx`` imports it."""
    program = "import sys, neon_sandbox; sys.exit('respx' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], check=False)  # noqa: S603 - written here
    assert run.returncode == 0
