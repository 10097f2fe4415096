"""Tests of the checker: valid requests and responses pass, each kind of mismatch is found."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from neon_sandbox import Sandbox, incident
from neon_sandbox.api import ROUTES
from neon_sandbox.scenario import API_HOST, API_KEY, PROJECT_ID
from tests.contract.checker import Mismatch, check
from tests.contract.document import official

BRANCHES = f"{API_HOST}/projects/{PROJECT_ID}/branches"
PRODUCTION = f"{BRANCHES}/br-shop-production-00000001"
RESTORE = {
    "source_branch_id": "br-shop-production-00000001",
    "source_timestamp": "2026-11-20T14:31:00Z",
    "preserve_under_name": "before",
}


def request(method: str, url: str, body: object = None, **query: str) -> httpx.Request:
    """Return a request as the client would send it."""
    return httpx.Request(
        method,
        url,
        params=query or None,
        json=body,
        headers={"authorization": f"Bearer {API_KEY}"},
    )


def answer(to: httpx.Request, sandbox: Sandbox | None = None) -> httpx.Response:
    """Return the sandbox's response to a request, by default that of a fresh incident."""
    sandbox = sandbox or incident()
    return sandbox.api.handle(to)


def changed(response: httpx.Response, path: str, value: object) -> httpx.Response:
    """Return a response with one property of its body set; ``...`` removes the property."""
    body: Any = response.json()
    *steps, last = path.split("/")
    place = body
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return httpx.Response(response.status_code, json=body)


def rules(to: httpx.Request, response: httpx.Response) -> list[str]:
    """Return the mismatches of a request and its response, without the request line."""
    return [f"{m.where}: {m.rule}" for m in check(official(), "/api/v2", to, response)]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_each_route_is_an_operation_of_the_document(route: Any) -> None:
    found = official().find(route.method, route.template)
    assert found is not None
    assert found.template == route.template


def test_a_restore_as_documented_passes() -> None:
    post = request("POST", f"{PRODUCTION}/restore", RESTORE)
    response = answer(post)
    assert response.status_code == 200
    assert rules(post, response) == []


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("branch/name", 3, "response 200 body at /branch/name: 3 is not of type 'string'"),
        ("branch/name", ..., "response 200 body at /branch: 'name' is a required property"),
        ("branch/head", "0/1", "response 200 body at /branch: Additional properties"),
        ("surprise", 1, "response 200 body at /: Additional properties"),
        ("operations/0/surprise", 1, "response 200 body at /operations/0: Additional"),
        ("operations/0/status", "done", "body at /operations/0/status: 'done' is not one of"),
        ("operations/0/id", "17", "body at /operations/0/id: '17' is not a 'uuid'"),
        ("branch/id", "BR_1", "response 200 body at /branch/id: 'BR_1' does not match"),
        ("branch/last_reset_at", "2026-11-20 14:31", "is not a 'date-time'"),
        ("branch/last_reset_at", "2026-11-20T14:31:00", "is not a 'date-time'"),
        ("branch/parent_id", None, "/branch/parent_id: None"),
        ("branch/cpu_used_sec", 1.5, "/branch/cpu_used_sec: 1.5 is not of type 'integer'"),
    ],
)
def test_a_change_to_a_response_is_caught(path: str, value: object, expected: str) -> None:
    """Each mismatch names its place and its rule."""
    post = request("POST", f"{PRODUCTION}/restore", RESTORE)
    assert expected in "\n".join(rules(post, changed(answer(post), path, value)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (RESTORE | {"source_timestmap": "x"}, "request body at /: Additional properties"),
        (RESTORE | {"source_timestamp": "yesterday"}, "'yesterday' is not a 'date-time'"),
        (RESTORE | {"source_lsn": None}, "request body at /source_lsn: None"),
        (RESTORE | {"source_branch_id": "main branch"}, "/source_branch_id: 'main branch' does"),
        ({"preserve_under_name": "x"}, "request body at /: 'source_branch_id' is a required"),
        (None, "request body: is missing"),
    ],
)
def test_a_malformed_request_that_was_accepted_is_caught(body: object, expected: str) -> None:
    """A success response to a body that the document forbids is a mismatch."""
    accepted = answer(request("POST", f"{PRODUCTION}/restore", RESTORE))
    found = rules(request("POST", f"{PRODUCTION}/restore", body), accepted)
    assert expected in "\n".join(found)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": "0"}, "query parameter limit: 0 is less than the minimum of 1"),
        ({"limit": "many"}, "query parameter limit: 'many' is not of type 'integer'"),
        ({"sort_order": "up"}, "query parameter sort_order: 'up' is not one of"),
        ({"include_deleted": "no"}, "query parameter include_deleted: 'no' is not of type"),
        ({"page": "2"}, "query parameter page: the document has no such parameter"),
    ],
)
def test_a_query_that_was_accepted_against_the_document_is_caught(
    query: dict[str, str], expected: str
) -> None:
    """With a success, unknown parameters and values of the wrong type are mismatches."""
    accepted = answer(request("GET", BRANCHES))
    (rule,) = rules(request("GET", BRANCHES, **query), accepted)
    assert expected in rule


def test_a_repeated_query_parameter_is_caught() -> None:
    """A parameter may occur at most once."""
    get = httpx.Request("GET", BRANCHES, params=[("limit", "1"), ("limit", "2")])
    assert rules(get, answer(request("GET", BRANCHES))) == ["query parameter limit: given 2 times"]


def test_a_missing_query_parameter_is_caught() -> None:
    url = f"{API_HOST}/projects/{PROJECT_ID}/connection_uri"
    accepted = answer(request("GET", url, database_name="shop", role_name="shop_owner"))
    assert rules(request("GET", url, database_name="shop"), accepted) == [
        "query parameter role_name: given 0 times"
    ]


def test_a_malformed_path_is_caught() -> None:
    """An ID in a path must have the documented form."""
    accepted = answer(request("GET", PRODUCTION))
    (rule,) = rules(request("GET", f"{BRANCHES}/PRODUCTION"), accepted)
    assert "path parameter branch_id: 'PRODUCTION' does not match" in rule


def test_an_unknown_path_is_caught_unless_it_was_turned_down() -> None:
    get = request("GET", f"{API_HOST}/projects/{PROJECT_ID}/backups")
    assert rules(get, httpx.Response(200, json={})) == ["path: the document has no such operation"]
    assert rules(get, answer(get)) == []


def test_a_body_where_none_belongs_is_caught() -> None:
    url = f"{PRODUCTION}/set_as_default"
    accepted = answer(request("POST", url))
    assert rules(request("POST", url, {}), accepted) == ["request body: the document has none"]


def test_a_request_that_was_turned_down_may_be_malformed() -> None:
    """A test may provoke a 400 with a request that the document forbids."""
    post = request("POST", f"{PRODUCTION}/restore", {"source_branch_id": 5})
    response = answer(post)
    assert response.status_code == 400
    assert rules(post, response) == []


@pytest.mark.parametrize("status", [401, 409, 423, 429, 500, 503])
def test_other_refusals_do_not_excuse_a_malformed_request(status: int) -> None:
    """Only a status about the request itself (400, 404, 405 or 422) excuses its form."""
    refusal = httpx.Response(status, json={"request_id": "1", "code": "", "message": "no"})
    post = request("POST", f"{PRODUCTION}/restore", {"source_branch_id": 5})
    (rule,) = rules(post, refusal)
    assert "request body at /source_branch_id: 5 is not of type 'string'" in rule


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"message": "no"}, "'code' is a required property"),
        ({"message": "no", "code": "", "hint": "x"}, "Additional properties"),
        ({"message": 1, "code": ""}, "1 is not of type 'string'"),
    ],
)
def test_the_body_of_a_refusal_is_checked(body: object, expected: str) -> None:
    """An error response must have the documented form for any request."""
    refused = httpx.Response(422, json=body)
    (rule,) = rules(request("GET", PRODUCTION), refused)
    assert expected in rule


def test_an_undocumented_success_is_caught() -> None:
    """A success must have a status that the document lists for the operation."""
    get = request("GET", PRODUCTION)
    created = httpx.Response(201, content=answer(get).content)
    assert rules(get, created) == ["response 201 body: the document has no such status"]


def test_an_empty_body_is_caught_where_one_is_documented() -> None:
    """A response must have the body that is documented for its status."""
    get = request("GET", PRODUCTION)
    assert rules(get, httpx.Response(200)) == ["response 200 body: is missing"]


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [("text/html", "is not application/json"), ("application/json", "at /: not JSON")],
)
def test_a_body_that_is_not_json_is_caught(content_type: str, expected: str) -> None:
    """HTML is a mismatch with any content type."""
    page = httpx.Response(200, content=b"<html>", headers={"content-type": content_type})
    (rule,) = rules(request("GET", PRODUCTION), page)
    assert expected in rule


def test_a_mismatch_names_method_and_path() -> None:
    """The output of a failing test says which request it was."""
    get = request("GET", PRODUCTION)
    (mismatch,) = check(official(), "/api/v2", get, httpx.Response(200))
    assert str(mismatch) == (
        "GET /api/v2/projects/sandbox-shop-00000000/branches/br-shop-production-00000001: "
        "response 200 body: is missing"
    )
    assert isinstance(mismatch, Mismatch)


def test_the_check_of_a_body_does_not_change_it() -> None:
    """The caller gets the bytes that the sandbox sent."""
    get = request("GET", PRODUCTION)
    response = answer(get)
    before = bytes(response.content)
    check(official(), "/api/v2", get, response)
    assert response.content == before
    assert json.loads(before)["branch"]["id"] == "br-shop-production-00000001"
