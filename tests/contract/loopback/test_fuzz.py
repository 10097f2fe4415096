"""Tests that the response to any generated request is one that the document allows."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi import checks

from neon_sandbox import incident
from neon_sandbox.api import ROUTES, Route
from neon_sandbox.server.http import HttpServer
from tests.contract.loopback.cases import BRANCHES, cases, request
from tests.contract.plugin import pop_mismatches
from tests.generated_input import same_examples
from tests.harness import UNLIMITED

load_all_checks()
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


def bounded(usual: int, thorough: int) -> settings:
    """Return settings for a test with requests that are hard to generate."""
    suppressed = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(same_examples(usual, thorough), suppress_health_check=suppressed)


class Sender:
    """A client that sends generated requests and checks each response against the document."""

    def __init__(self, server: HttpServer) -> None:
        self.server = server
        self.url = server.environment["NEON_API_HOST"]
        self.headers = {"authorization": f"Bearer {server.environment['NEON_API_KEY']}"}

    def start_again(self) -> None:
        """Replace the sandbox of the server with a fresh incident."""
        self.server.sandbox = incident(limits=None, plan=UNLIMITED)

    def send(self, case: Case[Any]) -> int:
        """Send a request and return the status; fail if the response is not documented."""
        response = case.call(base_url=self.url, headers=self.headers)
        if response.status_code == 501:
            assert "does not simulate" in response.text
        else:
            assert response.status_code < 500, response.text
        case.validate_response(response, checks=CHECKS)
        # Half of the requests are malformed on purpose: ignore their mismatches.
        assert not [str(found) for found in pop_mismatches() if found.where.startswith("response")]
        return response.status_code


@pytest.fixture(scope="module")
def sender() -> Iterator[Sender]:
    """Return a sender to a server that is open for all tests in this module."""
    with HttpServer(incident(limits=None, plan=UNLIMITED)) as server:
        yield Sender(server)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_operation_answers_as_documented(
    sender: Sender, route: Route, mode: GenerationMode
) -> None:
    """Each request to a fresh incident, valid or malformed, has a documented response."""

    @bounded(10, 25)
    @given(cases(route, mode))
    def send(case: Case[Any]) -> None:
        sender.start_again()
        sender.send(case)

    send()


def test_requests_in_any_order_are_answered_as_documented(sender: Sender) -> None:
    """In any state that earlier requests leave behind, the next response is documented."""
    any_case = st.one_of([cases(route, GenerationMode.POSITIVE) for route in ROUTES])
    changes = [cases(route, GenerationMode.POSITIVE) for route in ROUTES if route.method != "GET"]

    @bounded(30, 60)
    @given(st.lists(st.one_of(*changes, any_case), min_size=1, max_size=12))
    def walk(walked: list[Case[Any]]) -> None:
        sender.start_again()
        for case in walked:
            sender.send(case)

    walk()


def test_changes_happen_and_are_refused(sender: Sender) -> None:
    """These requests are not generated, so every status of a change is checked in each run."""
    production, _, created = BRANCHES
    itself = {"source_branch_id": production}
    walked = [
        (200, request("list_branches")),
        (201, request("create_branch", {"branch": {"name": "feature"}})),
        (200, request("restore_branch", itself, branch_id=created)),
        (400, request("restore_branch", itself, branch_id=production)),
        (404, request("get_branch", branch_id="br-nowhere-00000009")),
        (422, request("delete_branch", branch_id=production)),
        (200, request("delete_branch", branch_id=created)),
        (204, request("delete_branch", branch_id=created)),
    ]
    sender.start_again()
    assert [sender.send(case) for _, case in walked] == [status for status, _ in walked]
