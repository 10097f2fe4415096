"""Arguments of the wrong type: refused before anything is sent, in every method of both clients."""

import inspect
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints

import httpx
import pytest

from neon_restore import (
    AsyncNeon,
    Branch,
    Neon,
    NeonRestoreError,
    PendingRestore,
    ScheduleEntry,
    WrongType,
)
from tests.client.harness import BEFORE_DELETE, KEY, PROJECT, TARGET, Harness

METHODS = {
    name: list(inspect.signature(method).parameters)[1:]
    for name, method in inspect.getmembers(Neon, inspect.isfunction)
    if not name.startswith("_") and name != "close"
}
NOW = datetime(2026, 11, 20, 14, 40, tzinfo=UTC)
PENDING = PendingRestore(
    where=TARGET,
    project_id=PROJECT,
    destination=Branch(id="br-a-1", name="a", created_at=NOW),
    source=None,
    point=None,
    backup_name=None,
    children=(),
    planned_at=NOW,
)
RIGHT: dict[str, Any] = {
    "name": "another",
    "compute": "development",
    "branch": "production",
    "snapshot": "daily",
    "preview": "production_preview",
    "pending": PENDING,
    "undo": "production_old_2026-11-20T14:31:00Z",
    "begun": "production",
    "database": "shop",
    "older_than": timedelta(days=1),
    "length": timedelta(days=1),
    "schedule": (),
}


class Stranger:
    """A value of a type that no argument takes."""

    def __repr__(self) -> str:
        return KEY


@pytest.mark.parametrize(
    ("method", "argument"), [(method, one) for method, some in METHODS.items() for one in some]
)
def test_every_argument_of_another_type_is_refused(
    method: str, argument: str, neon: Neon, harness: Harness
) -> None:
    """The error names the argument and the types, and shows no value: it may be a secret."""
    required = [
        name
        for name, parameter in inspect.signature(getattr(Neon, method)).parameters.items()
        if parameter.default is parameter.empty and name != "self"
    ]
    given = {name: RIGHT.get(name) for name in required} | {argument: Stranger()}
    with pytest.raises(WrongType) as refused:
        getattr(neon, method)(**given)
    assert isinstance(refused.value, TypeError)
    assert f"{method} takes {argument} as " in str(refused.value)
    assert "not as Stranger" in str(refused.value)
    assert KEY not in str(refused.value)
    assert refused.value.changed == "nothing."
    assert harness.sent == []


def test_none_as_the_branch_restores_nothing(neon: Neon, harness: Harness) -> None:
    """It was taken for the branch in the name of the backup, and production was overwritten."""
    neon.restore("production", at=BEFORE_DELETE)
    source = "production_old_2026-11-20T14:40:00.000000Z"
    harness.sent.clear()
    wrong: Any = None
    for method in (neon.restore, neon.plan_restore, neon.begin_restore):
        with pytest.raises(TypeError, match=r"takes branch as .*, not as None"):
            method(wrong, source=source)
    assert harness.sent == []


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("restore", {"branch": ["production"]}, "branch as .*, not as list"),
        ("restore", {"branch": b"production"}, "branch as .*, not as bytes"),
        ("restore", {"unprotect": "no"}, "unprotect as bool, not as str"),
        ("restore", {"allow_child_branch": 1}, "allow_child_branch as bool, not as int"),
        ("restore", {"discard_previous_state": None}, "discard_previous_state as bool, not as No"),
        ("restore", {"at": 1763640000}, "at as datetime, timedelta, str or None, not as int"),
        ("restore", {"lsn": 7}, "lsn as Lsn, str or None, not as int"),
        ("restore", {"backup_name": 7}, "backup_name as str or None, not as int"),
        ("restore", {"timeout": "60"}, "timeout as timedelta, float or None, not as str"),
        ("restore", {"timeout": True}, "timeout as timedelta, float or None, not as bool"),
        ("restore", {"verify": print}, "verify as .*, not as builtin_function_or_method"),
        ("restore", {"verify": {"shop": None}}, "verify as .*, not as dict"),
        ("restore", {"verify": {7: print}}, "verify as .*, not as dict"),
        ("restore", {"verify": {"shop": [print, 7]}}, "verify as .*, not as dict"),
        ("restore", {"verify": {"shop": "check"}}, "verify as .*, not as dict"),
        ("delete_backups", {"older_than": 7}, "older_than as timedelta, not as int"),
        ("set_history_window", {"length": 7}, "length as timedelta, not as int"),
        ("set_snapshot_schedule", {"schedule": 7}, "schedule as .*, not as int"),
        ("set_snapshot_schedule", {"schedule": "daily"}, "schedule as .*, not as str"),
        ("set_snapshot_schedule", {"schedule": ["daily"]}, "schedule as .*, not as list"),
    ],
)
def test_flags_names_and_lengths_have_one_type(
    method: str, arguments: dict[str, Any], message: str, neon: Neon, harness: Harness
) -> None:
    """`unprotect="no"` does not unprotect, and `unprotect=1` is no bool."""
    given = {"branch": "production"} | arguments
    if method in {"set_history_window"}:
        del given["branch"]
    with pytest.raises(WrongType, match=message):
        getattr(neon, method)(**given)
    assert harness.sent == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"frequency": 7},
        {"frequency": "often"},
        {"frequency": "daily", "hour": "3"},
        {"frequency": "daily", "keep": "7 days"},
    ],
)
def test_an_entry_of_a_schedule_has_its_types(
    wrong: dict[str, Any], neon: Neon, harness: Harness
) -> None:
    with pytest.raises(WrongType, match="ScheduleEntry takes "):
        neon.set_snapshot_schedule("production", [ScheduleEntry(**wrong)])
    assert harness.sent == []


def test_what_fits_is_taken_in_any_form(neon: Neon) -> None:
    """Whole numbers are seconds, and a subclass of `str`, a tuple or a mapping is one."""

    class Name(str):
        __slots__ = ()

    neon.restore(Name("production"), at=BEFORE_DELETE, timeout=60, verify={"shop": (repr, str)})
    assert neon.set_snapshot_schedule("production", iter([ScheduleEntry(frequency="daily")]))


def test_pythons_own_errors_stay(neon: Neon, harness: Harness) -> None:
    """Missing and unknown arguments are refused in Python's words."""
    calls: list[Any] = [
        lambda any_neon: any_neon.restore(),
        lambda any_neon: any_neon.restore("production", BEFORE_DELETE),
        lambda any_neon: any_neon.restore("production", to=BEFORE_DELETE),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"restore\(\) (missing|takes|got)") as refused:
            call(neon)
        assert not isinstance(refused.value, NeonRestoreError)
    assert harness.sent == []


@pytest.mark.parametrize("client", [Neon, AsyncNeon])
@pytest.mark.parametrize(
    "argument",
    ["api_key", "project_id", "api_host", "timeout", "progress", "user_agent", "transport"],
)
def test_a_client_is_made_of_the_right_types(client: Any, argument: str, harness: Harness) -> None:
    with pytest.raises(WrongType, match=f"takes {argument} as ") as refused:
        client(**{argument: Stranger()})
    assert KEY not in str(refused.value)


def test_a_subclass_has_its_own_arguments(harness: Harness) -> None:
    """Methods of callers are theirs, also if their annotations cannot be read."""

    class Shop(Neon):
        def backups(self, branch: "Unknown" = None, **options: Any) -> Any:  # type: ignore[name-defined] # noqa: F821
            return super().backups("production" if branch is None else branch.name, **options)

    with Shop(transport=httpx.MockTransport(harness.handle)) as shop:
        assert shop.backups() == ()


@pytest.mark.parametrize("client", [Neon, AsyncNeon])
def test_methods_keep_names_signatures_and_docstrings(client: Any) -> None:
    """Editors, `help()` and frameworks see the method that is documented."""
    for name in METHODS:
        method = getattr(client, name)
        assert method.__name__ == name
        assert method.__doc__
        assert [*inspect.signature(method).parameters] == ["self", *METHODS[name]]
        assert get_type_hints(method)
        assert inspect.iscoroutinefunction(method) is (client is AsyncNeon)
