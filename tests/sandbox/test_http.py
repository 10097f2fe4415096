"""Tests of HTTP: API key, unknown paths, malformed bodies, rate limits, response headers."""

import httpx
import pytest

from neon_sandbox import RateLimits
from neon_sandbox.api.request import ApiRequest
from neon_sandbox.scenario import API_HOST, LAUNCH
from tests.sandbox.harness import DEVELOPMENT, PRODUCTION, Harness


@pytest.mark.parametrize(
    "authorization",
    [None, "", "sandbox-key-useless-elsewhere", "Bearer ", "Bearer wrong", "Basic eDp5"],
)
def test_a_missing_or_wrong_key(harness: Harness, authorization: str | None) -> None:
    """The API key is checked before anything else."""
    headers = {} if authorization is None else {"authorization": authorization}
    for path in (harness.project, "/projects/sandbox-other-00000000"):
        request = httpx.Request("GET", f"{API_HOST}{path}", headers=headers)
        response = harness.sandbox.api.handle(request)
        assert response.status_code == 401
        body = response.json()
        assert body["message"] == "supplied credentials do not pass authentication"
        assert body["code"] == ""


@pytest.mark.parametrize(
    "url",
    [
        "/nowhere",
        "/projects/sandbox-shop-00000000/",
        "/projects//branches",
        "/",
        # The API has routes only below its base path.
        "http://127.0.0.1:14310/projects",
        "http://127.0.0.1:14310/api/v21/projects",
    ],
)
def test_an_unknown_path(harness: Harness, url: str) -> None:
    assert harness.http.get(url).status_code == 404


def test_an_unknown_project(harness: Harness) -> None:
    response = harness.http.get("/projects/sandbox-other-00000000/branches")
    assert (response.status_code, response.json()["message"]) == (404, "project not found")


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/branches"), ("PUT", ""), ("POST", "/operations")]
)
def test_a_method_that_a_path_does_not_have(harness: Harness, method: str, path: str) -> None:
    assert harness.refused(method, path)[0] == 405


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
def test_a_body_that_cannot_be_read(harness: Harness, content: bytes) -> None:
    path = f"{harness.project}/branches/{PRODUCTION}/restore"
    headers = {"content-type": "application/json"}
    response = harness.http.post(path, content=content, headers=headers)
    assert response.status_code == 400
    assert response.json()["message"].startswith("invalid request: decode application/json: ")


@pytest.mark.parametrize(("text", "value"), [("True", True), ("false", False), ("0", False)])
def test_a_boolean_is_read_as_clients_write_it(harness: Harness, text: str, value: bool) -> None:
    call = ApiRequest(harness.sandbox.model, {}, {"pooled": text}, b"")
    assert call.boolean("pooled") is value


def test_every_answer_carries_the_models_date(harness: Harness) -> None:
    harness.advance(minutes=1, milliseconds=900)
    for path in (harness.project, "/nowhere"):
        assert harness.http.get(path).headers["date"] == "Fri, 20 Nov 2026 14:41:00 GMT"


def test_a_request_id_comes_back_or_is_made(harness: Harness) -> None:
    """Every response has it in a header, and an error response also in the body."""
    response = harness.http.get("/nowhere", headers={"x-request-id": "mine"})
    assert (response.headers["x-request-id"], response.json()["request_id"]) == ("mine", "mine")
    assert response.headers["x-neon-ret-request-id"] == "mine"
    ids = [harness.http.get("/nowhere").json()["request_id"] for _ in range(3)]
    assert len(set(ids)) == 3


def test_forty_requests_a_second_pass_on_one_route() -> None:
    """The next gets 429, and passes after Retry-After; other routes are not affected."""
    harness = Harness(limits=RateLimits())
    for _ in range(40):
        harness.get("/branches")
    response = harness.ask("GET", "/branches")
    assert (response.status_code, response.headers["retry-after"]) == (429, "1")
    assert harness.ask("GET", "/operations").status_code == 200
    harness.advance(seconds=1)
    harness.get("/branches")


def test_seven_hundred_requests_a_minute_pass_altogether() -> None:
    """Retry-After is the whole seconds until the first of them is a minute old."""
    harness = Harness(limits=RateLimits())
    for number in range(700):
        harness.get(("/branches", "/operations")[number % 2])
        harness.advance(milliseconds=50)
    response = harness.ask("GET", "/endpoints")
    assert (response.status_code, response.headers["retry-after"]) == (429, "25")
    harness.advance(seconds=25)
    harness.get("/endpoints")


def test_a_request_that_was_one_too_many_does_not_count() -> None:
    harness = Harness(limits=RateLimits(a_minute=1))
    harness.get("")
    for _ in range(3):
        harness.advance(seconds=15)
        assert harness.refused("GET", "")[0] == 429
    harness.advance(seconds=15)
    harness.get("")


def test_limits_can_be_taken_away(harness: Harness) -> None:
    for _ in range(800):
        harness.get("/branches/count")


def test_branches_are_told_apart_by_the_path_alone(harness: Harness) -> None:
    """An encoded slash is part of a branch id, not a path separator."""
    assert harness.refused("GET", "/branches/a%2Fb")[0] == 404
    assert harness.branch(DEVELOPMENT)["id"] == DEVELOPMENT


def test_a_plan_that_the_key_belongs_to(harness: Harness) -> None:
    me = harness.http.get("/users/me").json()
    (organization,) = harness.http.get("/users/me/organizations").json()["organizations"]
    assert me["plan"] == organization["plan"] == "launch"
    assert organization["id"] == harness.get("")["project"]["org_id"]


def test_an_owner_has_the_limits_of_the_plan(harness: Harness) -> None:
    harness.sandbox.model.project.plan = LAUNCH
    owner = harness.get("")["project"]["owner"]
    assert (owner["branches_limit"], owner["subscription_type"]) == (10, "launch_v3")


def test_consumption_is_counted_by_the_calendar_month(harness: Harness) -> None:
    """The period is the current month of the clock, also at the end of the year."""
    project = harness.get("")["project"]
    assert project["consumption_period_start"] == "2026-11-01T00:00:00Z"
    assert project["consumption_period_end"] == "2026-12-01T00:00:00Z"
    harness.advance(days=20)
    assert harness.get("")["project"]["consumption_period_end"] == "2027-01-01T00:00:00Z"
