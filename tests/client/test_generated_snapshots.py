"""Corrupted responses to calls about snapshots."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from neon_restore import NeonRestoreError, OutcomeUnknown, ScheduleEntry
from neon_sandbox.model import snapshots as sandbox_snapshots
from tests.client.harness import BEFORE_DELETE, PRODUCTION, Harness
from tests.client.strategies import client_harness, names, points, result_or_error
from tests.client.test_generated_answers import Spoil, spoil_answer, spoils
from tests.generated_input import counted, same_examples

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_restore import Neon

DAILY = ScheduleEntry(frequency="daily", hour=3, keep=timedelta(days=7))
WORK: list[Callable[[Neon], Any]] = [
    lambda neon: list(map(str, neon.snapshots("production"))),
    lambda neon: neon.create_snapshot("production", at=BEFORE_DELETE, expires_at=timedelta(days=7)),
    lambda neon: neon.delete_snapshot("good"),
    lambda neon: list(map(str, neon.set_snapshot_schedule("production", [DAILY]))),
    lambda neon: neon.preview_snapshot("good", "production"),
]


def take(harness: Harness) -> None:
    """Create a snapshot of production in a sandbox."""
    sandbox_snapshots.create(
        harness.sandbox.model, PRODUCTION, name="good", timestamp=BEFORE_DELETE
    )
    harness.run_until_idle()


@same_examples(100, 1_000)
@given(st.sampled_from(WORK), st.integers(0, 6), spoils)
@counted
def test_any_answer_is_understood_or_unexpected(
    work: Callable[[Neon], Any], which: int, spoil: Spoil
) -> None:
    """A corrupted response gives a result that can be printed, or one of this library's errors."""
    with client_harness() as harness:
        take(harness)
        spoil_answer(harness, which, spoil)
        result, error = result_or_error(NeonRestoreError, lambda: work(harness.connect(timeout=60)))
        assert error is not None or str(result)
        # 423, 429 and 503 say that nothing was done: the client retries the request.
        once = max(Counter(harness.writes_sent).values(), default=0) <= 1
        is_busy = spoil[0] in ("retry", "status") and spoil[1] in (423, 429, 503)
        assert once or error is None or is_busy


@same_examples(100, 1_000)
@given(st.integers(0, 9), spoils)
@counted
def test_a_restore_is_carried_out_once_whatever_is_answered(which: int, spoil: Spoil) -> None:
    """No corrupted response causes a second restore, or an error that denies the first."""
    with client_harness() as harness:
        take(harness)
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


@same_examples(100, 1_000)
@given(st.sampled_from(["branch", "snapshot", "name", "at", "expires_at"]), names, points)
@counted
def test_any_argument_is_taken_or_refused(which: str, name: str, point: Any) -> None:
    """The call succeeds, or raises an error with advice."""
    with client_harness() as harness:
        take(harness)
        neon = harness.connect()
        calls: dict[str, Callable[[], object]] = {
            "branch": lambda: neon.restore_snapshot("good", name),
            "snapshot": lambda: neon.restore_snapshot(name, "production"),
            "name": lambda: neon.create_snapshot("production", name=name),
            "at": lambda: neon.create_snapshot("production", at=point),
            "expires_at": lambda: neon.create_snapshot("production", expires_at=point),
        }
        result_or_error(NeonRestoreError, calls[which])
