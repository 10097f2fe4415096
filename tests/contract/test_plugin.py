"""Tests of the plugin: a mismatch anywhere in a run fails the test that caused it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from neon_sandbox import incident
from neon_sandbox.scenario import API_HOST, API_KEY
from tests.contract.document import ROOT
from tests.contract.plugin import pop_mismatches

if TYPE_CHECKING:
    from pathlib import Path

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
    request = httpx.Request(
        "GET", f"{API_HOST}/projects?page=2", headers={"authorization": f"Bearer {API_KEY}"}
    )
    incident().api.handle(request)
    (mismatch,) = pop_mismatches()
    assert mismatch.where == "query parameter page"


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Run a small suite with the plugin, and return what pytest printed."""
    path: Path = tmp_path_factory.mktemp("suite") / "test_suite.py"
    path.write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-p", "tests.contract.plugin", "-rA", str(path)]
    command += ["--rootdir", str(path.parent), "-p", "no:cacheprovider"]
    run = subprocess.run(  # noqa: S603 - the command is written here
        [*command, "--disable-plugin-autoload"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    return run.stdout


@pytest.mark.parametrize(
    "line",
    [
        "PASSED {}::test_good",
        "FAILED {}::test_bad",
        "PASSED {}::test_after_bad",
        "FAILED {}::test_fails_anyway",
        "E   {}RuntimeError: its own reason",
        "ERROR {}::test_with_fixture",
    ],
)
def test_the_test_that_caused_a_mismatch_fails_and_no_other(outcome: str, line: str) -> None:
    """A mismatch of one test does not fail the next."""
    start, end = line.split("{}")
    assert any(start in printed and end in printed for printed in outcome.splitlines())


@pytest.mark.parametrize("parameter", ["in_a_test", "in_a_fixture", "beside_a_failure"])
def test_a_failure_names_the_request_and_the_rule(outcome: str, parameter: str) -> None:
    """The report has the message, next to the test's own failure if there is one."""
    rule = f"query parameter {parameter}: the document has no such parameter"
    assert f"GET /api/v2/projects: {rule}" in outcome
