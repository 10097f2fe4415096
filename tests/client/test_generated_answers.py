"""Corrupted responses give a result, or an error that says what may have been done."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import strategies as st

from neon_restore import Neon, NeonRestoreError, OutcomeUnknown, ScheduleEntry
from tests.client.harness import BEFORE_DELETE, PRODUCTION, Harness, error_response
from tests.client.strategies import (
    client_harness,
    near_times,
    result_or_error,
    snapshot_harness,
    try_examples,
)
from tests.generated_input import counted, examples

Spoil = tuple[str, Any, Any]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | near_times
    | st.sampled_from([10**400, -(2**63), 2**64, 1e308]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
places = st.lists(st.integers(0, 12), min_size=1, max_size=6)
HTML = b"<!DOCTYPE html><title>502 Bad Gateway</title>"
bodies = st.one_of(
    st.binary(),
    st.sampled_from([HTML, b"", b"null", b"{}", b"1e999", b"9" * 5000, b"[" * 100_000]),
    st.integers(1, 3000).map(lambda depth: b'{"branches":' * depth + b"1" + b"}" * depth),
)
header_texts = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=126)),
    near_times,
    st.integers().map(str),
    st.sampled_from(["9" * 400, "-1", "0", "1.5", "Fri, 20 Nov 2026 25:00:00 GMT"]),
    st.datetimes().map(lambda time: format_datetime(time.replace(tzinfo=UTC), usegmt=True)),
)
spoils = st.one_of(
    st.tuples(st.just("replace"), places, json_values),
    st.tuples(st.just("add"), places, json_values),
    st.tuples(st.just("drop"), places, st.none()),
    st.tuples(st.just("cut"), st.integers(0, 400), st.none()),
    st.tuples(st.just("bytes"), bodies, st.none()),
    st.tuples(st.just("status"), st.integers(100, 599), json_values),
    st.tuples(st.just("retry"), st.sampled_from([423, 429, 503]), header_texts),
    st.tuples(
        st.just("header"),
        st.sampled_from(["date", "retry-after", "content-type", "x-request-id"]),
        header_texts,
    ),
)


def spoiled(response: httpx.Response, spoil: Spoil) -> httpx.Response:
    """Return a response of Neon with one corruption."""
    kind, where, value = spoil
    content, headers, code = response.content, dict(response.headers), response.status_code
    headers.pop("content-length", None)
    if kind == "cut":
        content = content[:where]
    elif kind == "bytes":
        content = where
    elif kind == "status":
        code, content = where, json.dumps(value).encode()
    elif kind == "retry":
        code, headers["retry-after"], content = where, value, b""
    elif kind == "header":
        headers[where] = value
    else:
        body = json.loads(content)
        spoil_within(body, where, kind, value)
        content = json.dumps(body).encode()
    return httpx.Response(code, headers=headers, content=content)


def spoil_within(body: Any, steps: list[int], kind: str, value: Any) -> None:
    """Change one value of a response, found by walking down its body."""
    keys = list(body) if isinstance(body, dict) else list(range(len(body)))
    if not keys:
        return
    step, *further = steps
    key = keys[step % len(keys)]
    if further and isinstance(body[key], dict | list):
        spoil_within(body[key], further, kind, value)
    elif kind == "drop":
        del body[key]
    elif kind == "add" and isinstance(body, dict):
        body["unheard_of"] = value
    else:
        body[key] = value


def spoil_answer(harness: Harness, which: int, spoil: Spoil) -> None:
    """Carry out one of the next requests, and corrupt its response."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        hit = len(harness.sent) == which + 1
        return spoiled(harness.sandbox.api.handle(request), spoil) if hit else None

    harness.answers.append(answer)


def check_it_ended(harness: Harness, began: float = 0) -> None:
    """Check that the deadline was kept, and that no request was repeated without end."""
    assert harness.clock.monotonic() - began <= DEADLINE + LAST_LOOK
    assert len(harness.sent) < 150


WORK: list[Callable[[Neon], Any]] = [
    lambda neon: neon.plan_restore("production", at=BEFORE_DELETE),
    lambda neon: neon.plan_restore("development", source="production"),
    lambda neon: neon.backups(),
    lambda neon: neon.connection_string("production", at=BEFORE_DELETE, database="shop"),
    lambda neon: neon.history_window("development"),
    lambda neon: neon.set_history_window(timedelta(days=2)),
    lambda neon: neon.delete_backups(older_than=timedelta(0)),
    lambda neon: neon.resume("production"),
    lambda neon: neon.create_branch("copy", at=BEFORE_DELETE),
    lambda neon: neon.delete_branch("production_old_2026-11-20T14:39:00Z"),
    lambda neon: neon.add_compute("production_old_2026-11-20T14:39:00Z"),
    lambda neon: neon.remove_compute(neon.add_compute("production_old_2026-11-20T14:39:00Z")),
    lambda neon: neon.schema_diff("production", database="shop", at=BEFORE_DELETE) or "the same",
    lambda neon: neon.begin_rollback("production_old_2026-11-20T14:39:00Z"),
]
DAILY = ScheduleEntry(frequency="daily", hour=3, keep=timedelta(days=7))
OF_SNAPSHOTS: list[Callable[[Neon], Any]] = [
    lambda neon: list(map(str, neon.snapshots("production"))),
    lambda neon: neon.create_snapshot("production", at=BEFORE_DELETE, expires_at=timedelta(days=7)),
    lambda neon: neon.delete_snapshot("good"),
    lambda neon: list(map(str, neon.set_snapshot_schedule("production", [DAILY]))),
    lambda neon: neon.preview_snapshot("good", "production"),
]
DEADLINE, LAST_LOOK = 60, 6


@try_examples(450, 4_500, st.sampled_from([*WORK, *OF_SNAPSHOTS]), st.integers(0, 6), spoils)
def test_any_answer_is_understood_or_unexpected(
    work: Callable[[Neon], Any], which: int, spoil: Spoil
) -> None:
    """A corrupted response gives a result that can be printed, or one of this library's errors."""
    with snapshot_harness() as harness:
        harness.create_branch("production_old_2026-11-20T14:39:00Z", schema_only=True)
        began = harness.clock.monotonic()
        spoil_answer(harness, which, spoil)
        result, error = result_or_error(
            NeonRestoreError, lambda: work(harness.connect(timeout=DEADLINE))
        )
        assert error is not None or str(result)
        check_it_ended(harness, began)
        if work in OF_SNAPSHOTS:
            # 423, 429 and 503 say that nothing was done: the client retries the request.
            once = max(Counter(harness.writes_sent).values(), default=0) <= 1
            is_busy = spoil[0] in ("retry", "status") and spoil[1] in (423, 429, 503)
            assert once or error is None or is_busy


@pytest.mark.parametrize(
    ("method", "work"),
    [
        ("GET", WORK[0]),
        ("PATCH", lambda neon: neon.set_history_window(timedelta(days=2))),
        ("POST", lambda neon: neon.restore("production", at=BEFORE_DELETE)),
    ],
)
def test_any_status_is_an_error_or_tried_again(method: str, work: Callable[[Neon], Any]) -> None:
    """The statuses from 100 to 599 answer the first request of a method."""

    @counted
    def answered(code: int) -> None:
        with client_harness() as harness:
            harness.respond_once(method, "", error_response(code))
            _, error = result_or_error(
                NeonRestoreError, lambda: work(harness.connect(timeout=DEADLINE))
            )
            again = code in (423, 429, 503)
            # For a restore, the client checks whether it was carried out.
            unclear = method == "POST" and (code == 408 or not 400 <= code < 500)
            assert (error is None) is (again or unclear), code
            check_it_ended(harness)

    for code in range(100, 600, examples(25, 1)):
        answered(code)


@try_examples(120, 1_500, st.integers(0, 12), spoils)
def test_a_restore_is_carried_out_once_whatever_is_answered(which: int, spoil: Spoil) -> None:
    """No corrupted response causes a second restore, or an error that denies the first."""
    with client_harness() as harness:
        spoil_answer(harness, which, spoil)
        result, error = result_or_error(
            NeonRestoreError,
            lambda: harness.connect(timeout=DEADLINE).restore("production", at=BEFORE_DELETE),
        )
        restores = Counter(harness.requests_sent)[f"POST /branches/{PRODUCTION}/restore"]
        assert len(harness.names()) <= 3
        if error is None:
            assert str(result)
            assert len(harness.names()) == 3
        elif error.changed.startswith("nothing.") and restores == 0:
            assert harness.names() == {"production", "development"}
        elif isinstance(error, OutcomeUnknown):
            assert restores == 1
        check_it_ended(harness)


@try_examples(100, 1_000, st.integers(0, 9), spoils)
def test_a_snapshot_is_restored_once_whatever_is_answered(which: int, spoil: Spoil) -> None:
    """The same holds for a restore from a snapshot."""
    with snapshot_harness() as harness:
        spoil_answer(harness, which, spoil)
        result, error = result_or_error(
            NeonRestoreError,
            lambda: harness.connect(timeout=60).restore_snapshot("good", "production"),
        )
        carried_out = "production (old)" in harness.names()
        assert len(harness.names()) == 2 + carried_out
        if error is None:
            assert carried_out
            assert str(result)
        elif error.changed.startswith("nothing.") and not harness.writes_sent:
            assert not carried_out
        elif isinstance(error, OutcomeUnknown):
            assert len(harness.writes_sent) == 1
