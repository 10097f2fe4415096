"""HTTP: the key, unknown paths, bodies that cannot be read, limits, and what every answer has."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from neon_sandbox import RateLimits
from tests.sandbox.world import DEVELOPMENT, PRODUCTION, World


@pytest.mark.parametrize(
    "authorization",
    ["", "sandbox-key-useless-elsewhere", "Bearer ", "Bearer wrong", "Basic eDp5"],
)
def test_a_wrong_key(world: World, authorization: str) -> None:
    """It is refused before anything else is looked at."""
    for path in (world.project, "/projects/sandbox-other-00000000"):
        response = world.http.get(path, headers={"authorization": authorization})
        assert response.status_code == 401
        body = response.json()
        assert body["message"] == "supplied credentials do not pass authentication"
        assert body["code"] == ""


def test_a_missing_key(world: World) -> None:
    """It is refused as a wrong one is."""
    request = httpx.Request("GET", f"http://127.0.0.1:14310/api/v2{world.project}")
    assert world.sandbox.api.handle(request).status_code == 401


@pytest.mark.parametrize(
    "path", ["/nowhere", "/projects/sandbox-shop-00000000/", "/projects//branches", "/"]
)
def test_an_unknown_path(world: World, path: str) -> None:
    """It is answered, with 404."""
    assert world.http.get(path).status_code == 404


def test_a_path_beside_the_base(world: World) -> None:
    """The API lives below its base alone."""
    for url in ("http://127.0.0.1:14310/projects", "http://127.0.0.1:14310/api/v21/projects"):
        assert world.http.get(url).status_code == 404


def test_an_unknown_project(world: World) -> None:
    """Nothing below it is found."""
    response = world.http.get("/projects/sandbox-other-00000000/branches")
    assert (response.status_code, response.json()["message"]) == (404, "project not found")


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/branches"), ("DELETE", ""), ("POST", "/operations")]
)
def test_a_method_that_a_path_does_not_have(world: World, method: str, path: str) -> None:
    """It is told apart from an unknown path."""
    assert world.refused(method, path)[0] == 405


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"source_branch_id": null}',
        b'{"source_branch_id": 1}',
        b'{"source_branch_id": "br-x", "source_lsn": null}',
        b'{"source_branch_id": "\xff"}',
        b'{"x": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_a_body_that_cannot_be_read(world: World, content: bytes) -> None:
    """The message says what is wrong with it."""
    response = world.http.post(
        f"{world.project}/branches/{PRODUCTION}/restore",
        content=content,
        headers={"content-type": "application/json"},
    )
    assert response.status_code == 400
    assert response.json()["message"].startswith("request body: ")


def test_every_answer_carries_the_models_date(world: World) -> None:
    """Successes and refusals alike, and it moves with the clock."""
    world.rest(minutes=1, milliseconds=900)
    for path in (world.project, "/nowhere"):
        assert world.http.get(path).headers["date"] == "Fri, 20 Nov 2026 14:41:00 GMT"


def test_a_request_id_comes_back(world: World) -> None:
    """In a header of every answer and in the body of a refusal."""
    response = world.http.get("/nowhere", headers={"x-request-id": "mine"})
    assert (response.headers["x-request-id"], response.json()["request_id"]) == ("mine", "mine")


def test_a_request_id_is_made_where_there_is_none(world: World) -> None:
    """No two requests share one."""
    ids = [world.http.get("/nowhere").json()["request_id"] for _ in range(3)]
    assert len(set(ids)) == 3


def test_forty_requests_a_second_pass_on_one_route() -> None:
    """The next is told when to come back, and passes then; other routes are not touched."""
    world = World(limits=RateLimits())
    for _ in range(40):
        world.get("/branches")
    response = world.ask("GET", "/branches")
    assert (response.status_code, response.headers["retry-after"]) == (429, "1")
    assert world.ask("GET", "/operations").status_code == 200
    world.rest(seconds=1)
    world.get("/branches")


def test_seven_hundred_requests_a_minute_pass_altogether() -> None:
    """Spread over the minute; Retry-After is in whole seconds until the first of them is gone."""
    world = World(limits=RateLimits())
    for number in range(700):
        world.get(("/branches", "/operations")[number % 2])
        world.rest(milliseconds=50)
    response = world.ask("GET", "/endpoints")
    assert (response.status_code, response.headers["retry-after"]) == (429, "25")
    world.rest(seconds=25)
    world.get("/endpoints")


def test_a_request_that_was_one_too_many_does_not_count() -> None:
    """Asking again and again does not put off the moment at which requests pass."""
    world = World(limits=RateLimits(a_minute=1))
    world.get("")
    for _ in range(3):
        world.rest(seconds=15)
        assert world.refused("GET", "")[0] == 429
    world.rest(seconds=15)
    world.get("")


def test_limits_can_be_taken_away(world: World) -> None:
    """Then nothing is counted."""
    for _ in range(800):
        world.sandbox.api.handle(world.http.build_request("GET", f"{world.project}/branches/count"))
    world.get("")


def test_branches_are_told_apart_by_the_path_alone(world: World) -> None:
    """An encoded slash is part of a name, not of the path."""
    assert world.refused("GET", "/branches/a%2Fb")[0] == 404
    assert world.branch(DEVELOPMENT)["id"] == DEVELOPMENT


def test_a_plan_that_the_key_belongs_to(world: World) -> None:
    """The user and the organization are the sandbox itself."""
    me = world.http.get("/users/me").json()
    (organization,) = world.http.get("/users/me/organizations").json()["organizations"]
    assert me["plan"] == organization["plan"] == "launch"
    assert organization["id"] == world.get("")["project"]["org_id"]


def test_consumption_is_counted_by_the_calendar_month(world: World) -> None:
    """The period is the month that the clock is in, at the end of the year too."""
    project = world.get("")["project"]
    assert project["consumption_period_start"] == "2026-11-01T00:00:00Z"
    assert project["consumption_period_end"] == "2026-12-01T00:00:00Z"
    world.clock.advance(timedelta(days=20))
    assert world.get("")["project"]["consumption_period_end"] == "2027-01-01T00:00:00Z"
