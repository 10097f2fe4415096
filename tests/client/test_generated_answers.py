"""Answers with something wrong in them: a result, or an error that says what may have been done."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from neon_restore import NeonRestoreError, OutcomeUnknown
from tests.client.generated import attempt, brief, incident_world, near_times, thorough
from tests.client.world import GOOD, PRODUCTION, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_restore import Neon

Spoil = tuple[str, Any, Any]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | near_times,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
places = st.lists(st.integers(0, 12), min_size=1, max_size=6)
spoils = st.one_of(
    st.tuples(st.just("replace"), places, json_values),
    st.tuples(st.just("drop"), places, st.none()),
    st.tuples(st.just("cut"), st.integers(0, 400), st.none()),
    st.tuples(st.just("bytes"), st.binary(), st.none()),
    st.tuples(st.just("status"), st.integers(200, 599), json_values),
    st.tuples(
        st.just("header"),
        st.sampled_from(["date", "retry-after", "content-type", "x-request-id"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126)),
    ),
)


def spoiled(response: httpx.Response, spoil: Spoil) -> httpx.Response:
    """An answer of Neon's with something wrong in it."""
    kind, where, value = spoil
    content, headers, code = response.content, dict(response.headers), response.status_code
    headers.pop("content-length", None)
    if kind == "cut":
        content = content[:where]
    elif kind == "bytes":
        content = where
    elif kind == "status":
        code, content = where, json.dumps(value).encode()
    elif kind == "header":
        headers[where] = value
    else:
        body = json.loads(content)
        spoil_within(body, where, kind, value)
        content = json.dumps(body).encode()
    return httpx.Response(code, headers=headers, content=content)


def spoil_within(body: Any, steps: list[int], kind: str, value: Any) -> None:
    """Change one place of an answer, reached by walking down it."""
    for remaining, step in zip(reversed(range(len(steps))), steps, strict=True):
        keys = list(body) if isinstance(body, dict) else list(range(len(body)))
        if not keys:
            return
        key = keys[step % len(keys)]
        if remaining and isinstance(body[key], dict | list):
            body = body[key]
            continue
        if kind == "drop":
            del body[key]
        else:
            body[key] = value
        return


def spoil_answer(world: World, which: int, spoil: Spoil) -> None:
    """Let one of the next requests be carried out and answered in a spoiled way."""
    count = iter(range(1000))

    def answer(request: httpx.Request) -> httpx.Response | None:
        hit = next(count) == which
        return spoiled(world.sandbox.api.handle(request), spoil) if hit else None

    world.answers.append(answer)


WORK: list[Callable[[Neon], Any]] = [
    lambda neon: neon.plan_restore("production", at=GOOD),
    lambda neon: neon.plan_restore("development", source="production"),
    lambda neon: neon.backups(),
    lambda neon: neon.connection_string("production", at=GOOD, database="shop"),
    lambda neon: neon.history_window("development"),
    lambda neon: neon.set_history_window(timedelta(days=2)),
]


@thorough
@given(st.sampled_from(WORK), st.integers(0, 3), spoils)
def test_any_answer_is_understood_or_unexpected(
    work: Callable[[Neon], Any], which: int, spoil: Spoil
) -> None:
    """What is made of a spoiled answer can be printed, or is an error of this library's."""
    with incident_world() as world:
        spoil_answer(world, which, spoil)
        result, error = attempt(NeonRestoreError, lambda: work(world.connect(timeout=60)))
        assert error is not None or str(result)


@brief
@given(st.integers(0, 12), spoils)
def test_a_restore_is_carried_out_once_whatever_is_answered(which: int, spoil: Spoil) -> None:
    """No spoiled answer leads to a second restore, nor to an error that denies the first."""
    with incident_world() as world:
        spoil_answer(world, which, spoil)
        result, error = attempt(
            NeonRestoreError,
            lambda: world.connect(timeout=60).restore("production", at=GOOD),
        )
        restores = Counter(world.lines)[f"POST /branches/{PRODUCTION}/restore"]
        assert len(world.names()) <= 3
        if error is None:
            assert str(result)
            assert len(world.names()) == 3
        elif error.changed.startswith("nothing.") and restores == 0:
            assert world.names() == {"production", "development"}
        elif isinstance(error, OutcomeUnknown):
            assert restores == 1
