"""Tests of the checker: valid requests and responses pass, each kind of mismatch is found."""

from typing import Any

import httpx
import pytest

from neon_sandbox import incident
from neon_sandbox.api import ROUTES
from neon_sandbox.scenario import API_HOST, API_KEY, PROJECT_ID
from tests.contract.checker import check
from tests.contract.document import official
from tests.sandbox.harness import REWIND

BRANCHES = f"{API_HOST}/projects/{PROJECT_ID}/branches"
PRODUCTION = f"{BRANCHES}/br-shop-production-00000001"
REFUSAL = {"code": "", "message": "no"}
JSON = {"content-type": "application/json"}


def request(method: str, url: str, body: object = None, **query: str) -> httpx.Request:
    """Return a request as the client would send it."""
    headers = {"authorization": f"Bearer {API_KEY}"}
    return httpx.Request(method, url, params=query or None, json=body, headers=headers)


def answer(to: httpx.Request) -> httpx.Response:
    """Return the response of a fresh incident to a request."""
    return incident().api.handle(to)


def changed(response: httpx.Response, path: str, value: object) -> httpx.Response:
    """Return a response with one property of its body set; ``...`` removes the property."""
    body: Any = response.json()
    *steps, last = path.split("/")
    place = body
    for step in steps:
        place = place[int(step) if step.isdecimal() else step]
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


def test_a_restore_as_documented_passes_unchanged() -> None:
    post = request("POST", f"{PRODUCTION}/restore", REWIND)
    response = answer(post)
    before = bytes(response.content)
    assert response.status_code == 200
    assert rules(post, response) == []
    assert response.content == before


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
    post = request("POST", f"{PRODUCTION}/restore", REWIND)
    assert expected in "\n".join(rules(post, changed(answer(post), path, value)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (REWIND | {"source_timestmap": "x"}, "request body at /: Additional properties"),
        (REWIND | {"source_timestamp": "yesterday"}, "'yesterday' is not a 'date-time'"),
        (REWIND | {"source_lsn": None}, "request body at /source_lsn: None"),
        (REWIND | {"source_branch_id": "main branch"}, "/source_branch_id: 'main branch' does"),
        ({"preserve_under_name": "x"}, "request body at /: 'source_branch_id' is a required"),
        (None, "request body: is missing"),
    ],
)
def test_a_malformed_request_that_was_accepted_is_caught(body: object, expected: str) -> None:
    accepted = answer(request("POST", f"{PRODUCTION}/restore", REWIND))
    found = rules(request("POST", f"{PRODUCTION}/restore", body), accepted)
    assert expected in "\n".join(found)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=0", "query parameter limit: 0 is less than the minimum of 1"),
        ("limit=many", "query parameter limit: 'many' is not of type 'integer'"),
        ("limit=1&limit=2", "query parameter limit: given 2 times"),
        ("sort_order=up", "query parameter sort_order: 'up' is not one of"),
        ("include_deleted=no", "query parameter include_deleted: 'no' is not of type"),
        ("page=2", "query parameter page: the document has no such parameter"),
    ],
)
def test_a_query_that_was_accepted_against_the_document_is_caught(
    query: str, expected: str
) -> None:
    accepted = answer(request("GET", BRANCHES))
    (rule,) = rules(request("GET", f"{BRANCHES}?{query}"), accepted)
    assert rule.startswith(expected)


def test_a_missing_query_parameter_is_caught() -> None:
    url = f"{API_HOST}/projects/{PROJECT_ID}/connection_uri"
    accepted = answer(request("GET", url, database_name="shop", role_name="shop_owner"))
    assert rules(request("GET", url, database_name="shop"), accepted) == [
        "query parameter role_name: given 0 times"
    ]


def test_a_malformed_path_is_caught() -> None:
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
    refusal = httpx.Response(status, json=REFUSAL | {"request_id": "1"})
    post = request("POST", f"{PRODUCTION}/restore", {"source_branch_id": 5})
    (rule,) = rules(post, refusal)
    assert "request body at /source_branch_id: 5 is not of type 'string'" in rule


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (httpx.Response(422, json={"message": "no"}), "'code' is a required property"),
        (httpx.Response(422, json=REFUSAL | {"hint": "x"}), "Additional properties"),
        (httpx.Response(422, json=REFUSAL | {"message": 1}), "1 is not of type 'string'"),
        (httpx.Response(201, json={}), "response 201 body: the document has no such status"),
        (httpx.Response(200, html="<html>"), "is not application/json"),
        (httpx.Response(200, content=b"<html>", headers=JSON), "at /: not JSON"),
    ],
)
def test_an_undocumented_response_is_caught(response: httpx.Response, expected: str) -> None:
    (rule,) = rules(request("GET", PRODUCTION), response)
    assert expected in rule


def test_a_mismatch_names_method_and_path() -> None:
    """An empty body, where one is documented, is a mismatch of this request."""
    get = request("GET", PRODUCTION)
    (mismatch,) = check(official(), "/api/v2", get, httpx.Response(200))
    assert str(mismatch) == (
        "GET /api/v2/projects/sandbox-shop-00000000/branches/br-shop-production-00000001: "
        "response 200 body: is missing"
    )
