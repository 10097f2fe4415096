"""Holds the whole test run to the official document.

Whatever passes through `Api.handle`, in any test, is checked; a mismatch fails the test that
caused it. These are hooks rather than a fixture so that a test fails instead of erring, and so
that what a fixture sends counts as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from neon_sandbox import Api
from tests.contract.checker import Mismatch, check
from tests.contract.document import official

if TYPE_CHECKING:
    from collections.abc import Generator

    import httpx

_patch = pytest.MonkeyPatch()
_found: list[Mismatch] = []


def install() -> None:
    """Put the check around `Api.handle`."""
    handle = Api.handle

    def checked(self: Api, request: httpx.Request) -> httpx.Response:
        response = handle(self, request)
        _found.extend(check(official(), self.base, request, response))
        return response

    _patch.setattr(Api, "handle", checked)


def take() -> list[Mismatch]:
    """Return the mismatches since the last call, each once, and forget them."""
    found = list(dict.fromkeys(_found))
    _found.clear()
    return found


def pytest_configure() -> None:
    """Begin to check."""
    install()


def pytest_unconfigure() -> None:
    """Stop checking."""
    _patch.undo()


def _charge() -> Generator[None, object, object]:
    """Run a phase of a test, and fail it for every mismatch that came up."""
    try:
        result = yield
    except BaseException as error:
        for mismatch in take():
            error.add_note(f"not as the official document has it: {mismatch}")
        raise
    if found := take():
        lines = "\n".join(f"  {mismatch}" for mismatch in found)
        pytest.fail(f"not as the official document has it:\n{lines}", pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, object, object]:
    """Charge a test with what its fixtures send."""
    return (yield from _charge())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """Charge a test with what it sends."""
    return (yield from _charge())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    """Charge a test with what its fixtures send at the end."""
    return (yield from _charge())
