"""Errors: one hierarchy, drawn as a tree; each says what was changed and what to do."""

import ast
import inspect
import pickle
import re
from pathlib import Path
from typing import Any

import pytest

import neon_restore
from neon_restore import (
    DeadlinePassed,
    Neon,
    NeonError,
    NeonRestoreError,
    OutsideHistoryWindow,
    StillRunning,
    TimedOut,
    UnknownName,
    _errors,
)
from tests.client.harness import BEFORE_DELETE

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
    """The tree in the docstring has the module's order, and says when each error is raised."""
    lines = (_errors.__doc__ or "").splitlines()
    tree = [re.fullmatch(r"(.*── \w+) *(.*)", line) for line in lines if "── " in line]
    assert [line and line[1] for line in tree] == drawn(NeonRestoreError)
    assert "NeonRestoreError" in lines
    unexplained = [line[1] for line in tree if line and not line[2]]
    assert unexplained == ["│   │   └── OutsideHistoryWindow"]


def test_all_that_is_public_is_documented() -> None:
    """Each error is public, and reprs and pickles of public names name no private module."""
    assert len(set(neon_restore.__all__)) == len(neon_restore.__all__)
    for name in neon_restore.__all__:
        if name != "Checks":  # a type alias, which can have neither
            assert inspect.getdoc(getattr(neon_restore, name)), name
            assert getattr(neon_restore, name).__module__ == "neon_restore"
    for error in ERRORS:
        assert error.__name__ in neon_restore.__all__
        assert getattr(neon_restore, error.__name__) is error


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_pickles(kind: type[NeonRestoreError]) -> None:
    """An error keeps all its attributes when it is sent to another process."""
    error = kind(
        "So.", advice="Go.", changed="a little.", status=500, neon_message="no", request_id="r"
    )
    error.__dict__["close"] = ("near",)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(copy) is kind
    assert copy.args == ("So.",)
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)


def test_errors_from_calls_pickle(neon: Neon) -> None:
    """Attributes that a call set are kept: history window, close names, pending restore."""

    def copy(branch: str, at: str, **options: Any) -> Any:
        with pytest.raises(NeonRestoreError) as error:
            neon.restore(branch, at=at, **options)
        return pickle.loads(pickle.dumps(error.value))  # noqa: S301

    outside = copy("production", "2026-11-01T00:00:00Z")
    assert isinstance(outside, OutsideHistoryWindow)
    assert outside.window is not None
    unknown = copy("prodution", BEFORE_DELETE)
    assert isinstance(unknown, UnknownName)
    assert unknown.close == ("production",)
    running = copy("production", BEFORE_DELETE, timeout=1)
    assert isinstance(running, StillRunning)
    assert running.pending is not None
    assert neon.wait(running.pending).backup is not None


@pytest.mark.parametrize("kind", [DeadlinePassed, StillRunning, TimedOut])
def test_a_deadline_that_passed_is_a_timeout(kind: type[NeonRestoreError]) -> None:
    """Callers can catch the builtin error; the text is the client's."""
    assert issubclass(kind, TimeoutError)
    assert str(kind("So.", advice="Go.")) == "So.\nChanged: nothing.\nDo now: Go."


def test_an_error_in_words() -> None:
    """What happened, Neon's message, status, what was changed and the advice have a line each."""
    error = NeonError("So.", advice="Go.", status=422, neon_message="no\nway", request_id="r-1")
    assert str(error).splitlines() == [
        "So.",
        "Neon says: no\\nway",
        "Status: 422, request r-1",
        "Changed: nothing.",
        "Do now: Go.",
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
                given = {k.arg: getattr(k.value, "value", "text") for k in node.keywords}
                assert given.get("advice", "") != "", f"{path.name}:{node.lineno}"
                made += 1
    assert made > 30
