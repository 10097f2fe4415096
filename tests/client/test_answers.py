"""Neon's responses: fields that are unknown, missing or invalid."""

import functools
import operator
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from neon_restore import Neon, UnexpectedAnswer
from tests.client.harness import BEFORE_DELETE, PROJECT, Harness

Change = Callable[[Any], object]


def changed(harness: Harness, change: Change) -> Callable[[httpx.Request], httpx.Response]:
    """Return an answer that changes the body of the sandbox's response."""

    def answer(request: httpx.Request) -> httpx.Response:
        response = harness.sandbox.api.handle(request)
        body = response.json()
        change(body)
        return httpx.Response(200, json=body, headers={"Date": response.headers["Date"]})

    return answer


def update(*keys: str | int, **fields: Any) -> Change:
    """Return a change of fields of the object at these keys of a body."""
    return lambda body: functools.reduce(operator.getitem, keys, body).update(fields)


def remove(*keys: str | int) -> Change:
    """Return a change that removes the last of these keys of a body."""
    return lambda body: functools.reduce(operator.getitem, keys[:-1], body).pop(keys[-1])


branch = functools.partial(update, "branches", 0)
PROJECT_PATH, WINDOW = f"/projects/{PROJECT}", "history_retention_seconds"
WRONG: dict[str, tuple[str, Change, str]] = {
    "an id that would lead elsewhere": ("/branches", branch(id="../../x"), r"\.id`"),
    "an id with a line break": ("/branches", branch(id="br-1\n"), r"\.id`"),
    "no zone": ("/branches", branch(created_at="2026-11-20T08:00:00"), r"timezone.*created_at`"),
    "a time that is none": ("/branches", branch(last_reset_at="yesterday"), r"last_reset_at`"),
    "no name": ("/branches", remove("branches", 0, "name"), "missing .* `name`"),
    "no branches": ("/branches", remove("branches"), "missing .* `branches`"),
    "a window longer than time": (
        PROJECT_PATH,
        update("project", **{WINDOW: 10**12}),
        f"{WINDOW}`",
    ),
    "a negative window": (PROJECT_PATH, update("project", **{WINDOW: -1}), f"{WINDOW}`"),
    "no databases": ("/databases", remove("databases"), "`databases`"),
    "no owner": ("/databases", remove("databases", 0, "owner_name"), "`owner_name`"),
    "no endpoints": ("/endpoints", remove("endpoints"), "`endpoints`"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_field_is_named(name: str, neon: Neon, harness: Harness) -> None:
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
def test_a_wrong_operation_is_no_end(field: dict[str, Any], neon: Neon, harness: Harness) -> None:
    """After a poll that cannot be parsed, the error has the restore, which is still running."""
    pending = neon.begin_restore("production", at=BEFORE_DELETE)
    look = changed(harness, update("operation", **field))
    harness.respond_once("GET", pending.operations[0].id, look)
    with pytest.raises(UnexpectedAnswer) as error:
        neon.wait(pending)
    assert error.value.pending == pending
    assert neon.wait(pending).backup is not None


def test_unknown_fields_are_ignored(neon: Neon, harness: Harness) -> None:
    harness.respond_once("GET", "/branches", changed(harness, branch(mood={"deep": [1, None]})))
    assert neon.plan_restore("production", at=BEFORE_DELETE).destination.name == "production"


def test_a_time_with_an_offset_is_converted_to_utc(neon: Neon, harness: Harness) -> None:
    moved = changed(harness, update("project", created_at="2026-11-20T11:00:00+02:00"))
    harness.respond_once("GET", PROJECT_PATH, moved)
    assert str(neon.history_window()).startswith("2026-11-20T09:00:00Z to ")
