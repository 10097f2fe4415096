"""Errors: one hierarchy, drawn as a tree; each says what was changed and what to do."""

from __future__ import annotations

import ast
import inspect
import pickle
from pathlib import Path
from typing import Any

import pytest

import neon_restore
from neon_restore import (
    DeadlinePassed,
    NeonError,
    NeonRestoreError,
    OperationFailed,
    OutsideHistoryWindow,
    StillRunning,
    UnknownName,
    _errors,
)
from tests.client.harness import BACKUP, BEFORE_DELETE, Harness

ERRORS = [
    value
    for value in vars(_errors).values()
    if isinstance(value, type) and issubclass(value, NeonRestoreError)
]


def drawn(kind: type[NeonRestoreError], indent: str = "") -> list[str]:
    """Return the subclasses of an error as lines of a tree."""
    lines = []
    below = [error for error in ERRORS if error.__bases__[0] is kind]
    for error in below:
        last = error is below[-1]
        lines.append(f"{indent}{'└── ' if last else '├── '}{error.__name__}")
        lines += drawn(error, indent + ("    " if last else "│   "))
    return lines


def test_the_tree_is_drawn_as_it_is() -> None:
    """The tree in the module's docstring is the class hierarchy, in the order of the module."""
    lines = (_errors.__doc__ or "").splitlines()
    tree = [
        line.split("   ")[0] if line[0] not in "│ " else line for line in lines if "── " in line
    ]
    named = [line[: line.index("── ") + 3] + line.split("── ")[1].split()[0] for line in tree]
    assert named == drawn(NeonRestoreError)
    assert "NeonRestoreError" in lines


def test_every_line_of_the_tree_says_when() -> None:
    """Each error is explained, except where the name says it all."""
    for line in (_errors.__doc__ or "").splitlines():
        if "── " in line and "OutsideHistoryWindow" not in line:
            assert len(line.split("── ")[1].split(maxsplit=1)) == 2, line


def test_every_error_is_public() -> None:
    """Each error can be imported from the package, which its `__module__` names."""
    for error in ERRORS:
        assert getattr(neon_restore, error.__name__) is error
        assert error.__name__ in neon_restore.__all__
        assert error.__module__ == "neon_restore"


def test_all_that_is_public_is_documented() -> None:
    """Each exported name has a docstring, and none is exported twice."""
    assert len(set(neon_restore.__all__)) == len(neon_restore.__all__)
    for name in neon_restore.__all__:
        assert inspect.getdoc(getattr(neon_restore, name)), name


def test_public_names_live_in_the_package() -> None:
    """Reprs and pickles name the public module, and no private one."""
    for name in neon_restore.__all__:
        assert getattr(neon_restore, name).__module__ == "neon_restore"


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_pickles(kind: type[NeonRestoreError]) -> None:
    """An error keeps all its attributes when it is sent to another process."""
    error = kind(
        "It happened.",
        advice="Do this.",
        changed="a little.",
        status=500,
        neon_message="words",
        request_id="r",
    )
    error.__dict__["close"] = ("near",)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(copy) is kind
    assert copy.args == ("It happened.",)
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)


@pytest.mark.parametrize("kind", [DeadlinePassed, StillRunning])
def test_a_deadline_that_passed_is_a_timeout(kind: type[NeonRestoreError]) -> None:
    """Callers can catch the builtin error; the text is the client's."""
    with pytest.raises(TimeoutError) as error:
        raise kind("It happened.", advice="Do this.")
    assert str(error.value) == "It happened.\nChanged: nothing.\nDo now: Do this."


def test_errors_from_calls_pickle(harness: Harness) -> None:
    """Attributes that a call set are kept: history window, close names, pending restore."""
    neon = harness.connect()
    calls: list[dict[str, Any]] = [
        {"branch": "production", "at": "2026-11-01T00:00:00Z"},
        {"branch": "prodution", "at": BEFORE_DELETE},
        {"branch": "production", "at": BEFORE_DELETE, "timeout": 1},
    ]
    found: list[Any] = []
    for arguments in calls:
        with pytest.raises(NeonRestoreError) as error:
            neon.restore(**arguments)
        found.append(pickle.loads(pickle.dumps(error.value)))  # noqa: S301
    outside, unknown, running = found
    assert isinstance(outside, OutsideHistoryWindow)
    assert outside.window is not None
    assert isinstance(unknown, UnknownName)
    assert unknown.close == ("production",)
    assert isinstance(running, StillRunning)
    assert running.pending is not None
    assert neon.wait(running.pending).backup is not None


def test_an_error_in_words() -> None:
    """What happened, Neon's message, status, what was changed and the advice have a line each."""
    error = NeonError(
        "Neon answered 422 to POST /x.",
        advice="Try another.",
        status=422,
        neon_message="no\nway",
        request_id="r-1",
    )
    assert str(error).splitlines() == [
        "Neon answered 422 to POST /x.",
        "Neon says: no\\nway",
        "Status: 422, request r-1",
        "Changed: nothing.",
        "Do now: Try another.",
    ]
    assert str(NeonRestoreError("So.", advice="Go.")) == "So.\nChanged: nothing.\nDo now: Go."
    assert "Status: 404\n" in str(NeonError("So.", advice="Go.", status=404))


def test_attributes_that_an_error_may_lack_have_a_value() -> None:
    """Handlers need not check whether an attribute exists."""
    assert NeonRestoreError("x", advice="y").pending is None
    assert OutsideHistoryWindow("x", advice="y").window is None
    assert UnknownName("x", advice="y").close == ()


def test_every_error_is_raised_with_advice() -> None:
    made = 0
    names = {error.__name__ for error in ERRORS}
    for path in Path(_errors.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                advice = [k.value for k in node.keywords if k.arg == "advice"]
                assert advice, f"{path.name}:{node.lineno}"
                assert getattr(advice[0], "value", "x") != "", f"{path.name}:{node.lineno}"
                made += 1
    assert made > 30


def test_a_failed_operation_is_in_its_error(harness: Harness) -> None:
    """Neon's description of the operation is an attribute, for logs and support."""
    harness.storage.fail_next("disk full")
    with pytest.raises(OperationFailed) as error:
        harness.connect().restore("production", at=BEFORE_DELETE)
    assert error.value.operation.error == "disk full"
    assert BACKUP in error.value.changed
