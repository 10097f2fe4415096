"""Corrupted responses to calls about snapshots."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from neon_restore import Neon, NeonRestoreError, OutcomeUnknown, ScheduleEntry
from neon_sandbox.model import snapshots
from tests.client.harness import BEFORE_DELETE, PRODUCTION, Harness
from tests.client.strategies import client_harness, names, points, result_or_error, try_examples
from tests.client.test_generated_answers import Spoil, spoil_answer, spoils

DAILY = ScheduleEntry(frequency="daily", hour=3, keep=timedelta(days=7))
WORK: list[Callable[[Neon], Any]] = [
    lambda neon: list(map(str, neon.snapshots("production"))),
    lambda neon: neon.create_snapshot("production", at=BEFORE_DELETE, expires_at=timedelta(days=7)),
    lambda neon: neon.delete_snapshot("good"),
    lambda neon: list(map(str, neon.set_snapshot_schedule("production", [DAILY]))),
    lambda neon: neon.preview_snapshot("good", "production"),
]
CALLS: list[Callable[[Neon, str, Any], object]] = [
    lambda neon, name, point: neon.restore_snapshot("good", name),
    lambda neon, name, point: neon.restore_snapshot(name, "production"),
    lambda neon, name, point: neon.create_snapshot("production", name=name),
    lambda neon, name, point: neon.create_snapshot("production", at=point),
    lambda neon, name, point: neon.create_snapshot("production", expires_at=point),
]


@contextmanager
def snapshot_harness() -> Iterator[Harness]:
    """Yield the incident with a snapshot of production, for one example."""
    with client_harness() as harness:
        model = harness.sandbox.model
        snapshots.create(model, PRODUCTION, name="good", timestamp=BEFORE_DELETE)
        harness.run_until_idle()
        yield harness


@try_examples(100, 1_000, st.sampled_from(WORK), st.integers(0, 6), spoils)
def test_any_answer_is_understood_or_unexpected(
    work: Callable[[Neon], Any], which: int, spoil: Spoil
) -> None:
    """A corrupted response gives a result that can be printed, or one of this library's errors."""
    with snapshot_harness() as harness:
        spoil_answer(harness, which, spoil)
        result, error = result_or_error(NeonRestoreError, lambda: work(harness.connect(timeout=60)))
        assert error is not None or str(result)
        # 423, 429 and 503 say that nothing was done: the client retries the request.
        once = max(Counter(harness.writes_sent).values(), default=0) <= 1
        is_busy = spoil[0] in ("retry", "status") and spoil[1] in (423, 429, 503)
        assert once or error is None or is_busy


@try_examples(100, 1_000, st.integers(0, 9), spoils)
def test_a_restore_is_carried_out_once_whatever_is_answered(which: int, spoil: Spoil) -> None:
    """No corrupted response causes a second restore, or an error that denies the first."""
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


@try_examples(100, 1_000, st.sampled_from(CALLS), names, points)
def test_any_argument_is_taken_or_refused(
    call: Callable[[Neon, str, Any], object], name: str, point: Any
) -> None:
    """The call succeeds, or raises an error with advice."""
    with snapshot_harness() as harness:
        result_or_error(NeonRestoreError, lambda: call(harness.connect(), name, point))
