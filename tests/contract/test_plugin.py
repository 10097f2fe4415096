"""Tests of the plugin: a mismatch anywhere in a run fails the test that caused it."""

import os

import httpx
import pytest

from neon_sandbox import incident
from neon_sandbox.scenario import API_HOST, API_KEY
from tests.contract.document import ROOT
from tests.contract.plugin import pop_mismatches

pytestmark = pytest.mark.needs("processes")

SUITE = f"""
import httpx
import pytest
from neon_sandbox import incident

def send(query):
    url = "{API_HOST}/projects" + query
    headers = {{"authorization": "Bearer {API_KEY}"}}
    try:
        return incident().api.handle(httpx.Request("GET", url, headers=headers))
    except BaseException:
        return None

@pytest.fixture
def broken():
    send("?in_a_fixture=1")

def test_good():
    assert send("?limit=5").status_code == 200

def test_bad():
    assert send("?in_a_test=1").status_code == 200

def test_after_bad():
    assert send("").status_code == 200

def test_fails_anyway():
    send("?beside_a_failure=1")
    raise RuntimeError("its own reason")

def test_with_fixture(broken):
    pass
"""


def test_the_check_is_around_every_request_of_this_run() -> None:
    """A request that the document forbids is recorded, although this test requests no check."""
    headers = {"authorization": f"Bearer {API_KEY}"}
    incident().api.handle(httpx.Request("GET", f"{API_HOST}/projects?page=2", headers=headers))
    (mismatch,) = pop_mismatches()
    assert mismatch.where == "query parameter page"


def test_the_test_that_caused_a_mismatch_fails_and_no_other(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure has the request and the rule, next to the test's own reason if there is one."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_subprocess("-p", "tests.contract.plugin", "-rA")
    result.assert_outcomes(passed=2, failed=2, errors=1)
    message = "*GET /api/v2/projects: query parameter {}: the document has no such parameter*"
    result.stdout.fnmatch_lines_random(
        [
            "PASSED *::test_good",
            "FAILED *::test_bad*",
            "PASSED *::test_after_bad",
            "FAILED *::test_fails_anyway*",
            "E   *RuntimeError: its own reason",
            "ERROR *::test_with_fixture*",
            message.format("in_a_test"),
            message.format("in_a_fixture"),
            message.format("beside_a_failure"),
        ]
    )
