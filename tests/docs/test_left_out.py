"""Tests that a run reports what the machine lacks, and how many tests that leaves out."""

from pathlib import Path

import pytest

from tests.docs.harness import make_program

TESTS = """
import pytest
@pytest.mark.needs("psql", "curl")
@pytest.mark.parametrize("number", [1, 2])
def test_two(number):
    raise AssertionError
@pytest.mark.needs("curl")
def test_one():
    pass
def test_another():
    pass
"""


@pytest.mark.parametrize("processes", [[], ["-p", "xdist", "-n", "2"]], ids=["one process", "two"])
def test_what_a_test_takes_and_is_not_there_is_named(
    processes: list[str], programs: Path, pytester: pytest.Pytester
) -> None:
    """The tests are deselected, and counted once with any number of processes."""
    make_program(programs / "curl", "")
    pytester.makepyfile(TESTS)
    result = pytester.runpytest_inprocess("-p", "tests.requirements", *processes)
    result.assert_outcomes(passed=2)
    said = "not run here: 2 tests of test_what_a_test_takes_and_is_not_there_is_named.py, because"
    result.stdout.fnmatch_lines([f"{said} there is no psql here"])
