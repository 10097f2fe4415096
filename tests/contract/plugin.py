"""Checks the whole test run against the official document.

Each request and response of `Api.handle`, in any test, is checked; a mismatch fails the test that
caused it. Hooks are used instead of a fixture, so that pytest reports a failure and no error, and
so that the requests of fixtures count as well.
"""

import re
from collections.abc import Generator

import httpx
import pytest

from neon_sandbox import Api
from tests.contract.checker import Mismatch, check
from tests.contract.document import ROOT, official

_patch = pytest.MonkeyPatch()
_found: list[Mismatch] = []


def pytest_configure() -> None:
    """Wrap `Api.handle` with the check."""
    handle = Api.handle

    def checked(self: Api, request: httpx.Request) -> httpx.Response:
        response = handle(self, request)
        _found.extend(check(official(), self.base, request, response))
        return response

    _patch.setattr(Api, "handle", checked)


def pop_mismatches() -> list[Mismatch]:
    """Return the mismatches since the last call, without duplicates, and clear them."""
    found = list(dict.fromkeys(_found))
    _found.clear()
    return found


def pytest_unconfigure() -> None:
    """Unwrap `Api.handle`."""
    _patch.undo()


NAMED = re.compile(r"'(\w+)'|parameter (\w+)")
WRITTEN_IN = ("src/neon_restore", "src/neon_sandbox/api", "snippets")
REMEDY = "CONTRIBUTING.md says what to do, under “Take Neon's newest document and command line”."


def _explain(found: list[Mismatch]) -> str:
    """Return the mismatches, the places in the source that have their names, and the remedy."""
    names = {name for one in found for pair in NAMED.findall(f"{one}") for name in pair if name}
    places = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in WRITTEN_IN
        for path in sorted((ROOT / folder).rglob("*.*"))
        if path.suffix in {".py", ".sh"}
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if names & set(re.findall(r"\w+", line))
    ]
    written = [f"  written at {', '.join(places)}"] if places else []
    return "\n".join([*(f"  {one}" for one in found), *written, f"  {REMEDY}"])


@pytest.hookimpl(wrapper=True)
def fail_on_mismatch() -> Generator[None, object, object]:
    """Run a phase of a test, and fail it for every mismatch that it or its fixtures caused."""
    try:
        result = yield
    except BaseException as error:
        for mismatch in pop_mismatches():
            error.add_note(f"not as the official document has it: {mismatch}")
        raise
    if found := pop_mismatches():
        pytest.fail(f"not as the official document has it:\n{_explain(found)}", pytrace=False)
    return result


pytest_runtest_setup = fail_on_mismatch
pytest_runtest_call = fail_on_mismatch
pytest_runtest_teardown = fail_on_mismatch
