"""Clocks: the current instant, and the instants that they showed before."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from neon_sandbox import Clock, ShiftedClock, SteppedClock
from neon_sandbox.scenario import instant

START = instant("14:40:00")


def test_a_shifted_clock_runs_on_from_its_start() -> None:
    before = time.time()
    clock = ShiftedClock(START)
    time.sleep(0.05)
    assert timedelta(seconds=0.05) <= clock.now() - START
    assert clock.now() - START <= timedelta(seconds=time.time() - before + 0.01)


def test_a_shifted_clock_knows_what_it_showed() -> None:
    """`at_machine_time` accepts any instant of the machine's clock."""
    clock = ShiftedClock(START)
    wall, shown, later = datetime.now(UTC), clock.now(), datetime.now(UTC)
    assert clock.at_machine_time(wall) <= shown <= clock.at_machine_time(later)
    two_hours = timedelta(hours=2)
    assert clock.at_machine_time(wall - two_hours) == clock.at_machine_time(wall) - two_hours


def test_a_stepped_clock_knows_what_it_showed() -> None:
    """Between two steps, `at_machine_time` returns the instant that the first step set."""
    clock = SteppedClock(START)
    first = datetime.now(UTC)
    time.sleep(0.01)
    clock.sleep(60)
    second = datetime.now(UTC)
    time.sleep(0.01)
    clock.advance(timedelta(hours=1))
    third = datetime.now(UTC)
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    assert clock.at_machine_time(first - hour) == START
    assert clock.at_machine_time(first) == START
    assert clock.at_machine_time(second) == START + minute
    assert clock.at_machine_time(third + hour) == START + minute + hour == clock.now()


@pytest.mark.parametrize("kind", [ShiftedClock, SteppedClock])
def test_a_clock_starts_at_an_aware_instant(kind: type[ShiftedClock | SteppedClock]) -> None:
    before = datetime.now(UTC)
    clock: Clock = kind(datetime.fromisoformat("2026-11-20T15:40:00+01:00"))
    assert START <= clock.now() <= START + (datetime.now(UTC) - before)
    with pytest.raises(ValueError, match="aware datetime"):
        kind(datetime(2026, 11, 20))  # noqa: DTZ001
