"""Neon's responses: fields that are unknown, missing or invalid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from neon_restore import UnexpectedAnswer
from tests.client.harness import BEFORE_DELETE, Harness

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_restore import Neon


def changed(harness: Harness, change: Callable[[Any], object]) -> Callable[..., httpx.Response]:
    """Return an answer that changes the body of the sandbox's response."""

    def answer(request: httpx.Request) -> httpx.Response:
        response = harness.sandbox.api.handle(request)
        body = response.json()
        change(body)
        return httpx.Response(200, json=body, headers={"Date": response.headers["Date"]})

    return answer


WRONG: dict[str, tuple[str, Callable[[Any], object], str]] = {
    "an id that would lead elsewhere": (
        "/branches",
        lambda body: body["branches"][0].update(id="../../x"),
        r"\.id`",
    ),
    "an id with a line break": (
        "/branches",
        lambda body: body["branches"][0].update(id="br-1\n"),
        r"\.id`",
    ),
    "a time without a zone": (
        "/branches",
        lambda body: body["branches"][0].update(created_at="2026-11-20T08:00:00"),
        r"timezone.*created_at`",
    ),
    "a time that is none": (
        "/branches",
        lambda body: body["branches"][0].update(last_reset_at="yesterday"),
        r"last_reset_at`",
    ),
    "no name": ("/branches", lambda body: body["branches"][0].pop("name"), "missing .* `name`"),
    "no branches": ("/branches", lambda body: body.pop("branches"), "missing .* `branches`"),
    "a window longer than time": (
        "/projects/sandbox-shop-00000000",
        lambda body: body["project"].update(history_retention_seconds=10**12),
        "history_retention_seconds`",
    ),
    "a window of less than nothing": (
        "/projects/sandbox-shop-00000000",
        lambda body: body["project"].update(history_retention_seconds=-1),
        "history_retention_seconds`",
    ),
    "no databases": ("/databases", lambda body: body.pop("databases"), "`databases`"),
    "no endpoints": ("/endpoints", lambda body: body.pop("endpoints"), "`endpoints`"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_field_that_is_not_what_it_should_be_is_named(
    name: str, neon: Neon, harness: Harness
) -> None:
    """The error names the field, and no result is made from an incomplete response."""
    path, change, message = WRONG[name]
    harness.respond_once("GET", path, changed(harness, change))
    with pytest.raises(UnexpectedAnswer, match=message) as error:
        neon.plan_restore("production", at=BEFORE_DELETE)
    assert error.value.status == 200
    assert error.value.changed == "nothing."


@pytest.mark.parametrize(
    "field", [{"id": "../x"}, {"total_duration_ms": 2**40}, {"total_duration_ms": -1}]
)
def test_an_operation_that_is_not_as_documented_is_no_end(
    field: dict[str, Any], neon: Neon, harness: Harness
) -> None:
    """After a poll that cannot be parsed, the error has the restore, which is still running."""
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    look = changed(harness, lambda body: body["operation"].update(field))
    harness.respond_once("GET", pending.operations[0].id, look)
    with pytest.raises(UnexpectedAnswer) as error:
        neon.wait(pending)
    assert error.value.pending == pending
    assert neon.wait(pending).backup is not None


def test_fields_that_are_new_are_passed_over(neon: Neon, harness: Harness) -> None:
    """Neon may return fields that this library does not know."""
    more = changed(harness, lambda body: body["branches"][0].update(mood={"deep": [1, None]}))
    harness.respond_once("GET", "/branches", more)
    assert neon.plan_restore("production", at=BEFORE_DELETE).destination.name == "production"


def test_times_of_another_zone_are_the_same_moments(neon: Neon, harness: Harness) -> None:
    """A time with an offset is converted to UTC."""
    moved = changed(
        harness, lambda body: body["project"].update(created_at="2026-11-20T11:00:00+02:00")
    )
    harness.respond_once("GET", "/projects/sandbox-shop-00000000", moved)
    assert str(neon.history_window()).startswith("2026-11-20T09:00:00Z to ")
