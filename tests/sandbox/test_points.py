"""Tests of LSNs, timestamps and the stepped clock."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_sandbox import Lsn, SteppedClock
from neon_sandbox.points import parse_instant, write_instant
from tests.generated_input import same_examples

START = datetime(2026, 11, 20, 14, 40, tzinfo=UTC)


@same_examples(100, 1000)
@given(st.integers(0, 2**64 - 1))
def test_an_lsn_is_read_as_it_is_written(number: int) -> None:
    assert Lsn.parse(str(Lsn(number))) == number


def test_an_lsn_is_written_as_postgres_writes_it() -> None:
    """The text is two upper-case hexadecimal halves without leading zeros."""
    assert str(Lsn.parse("0/01de2850")) == "0/1DE2850"
    assert repr(Lsn(2**32)) == "Lsn('1/0')"


@same_examples(100, 1000)
@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])))
def test_an_instant_is_read_as_it_is_written(instant: datetime) -> None:
    """The text keeps microseconds in any offset, unless the time in UTC is out of range."""
    if datetime(1, 1, 2, tzinfo=UTC) < instant:
        assert parse_instant(write_instant(instant)) == instant


@pytest.mark.parametrize(
    "text", ["2026-11-20t14:40:00z", "2026-11-20T14:40:00.000Z", "2026-11-20T20:10:00+05:30"]
)
def test_an_instant_has_more_than_one_spelling(text: str) -> None:
    assert parse_instant(text) == START


def test_the_clock_stands_still() -> None:
    """Only a sleep or an explicit advance moves it, and never backwards."""
    clock = SteppedClock(START)
    assert clock.now() == clock.now() == START
    clock.sleep(1.5)
    clock.advance(timedelta(seconds=1))
    clock.advance_to(START + timedelta(minutes=1))
    assert clock.now() == START + timedelta(minutes=1)
    assert clock.monotonic() == 60
    with pytest.raises(ValueError, match="backwards"):
        clock.sleep(-1)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance_to(START)


def test_an_asynchronous_sleep_lets_others_have_their_turn() -> None:
    """Two tasks that sleep in turn both advance the clock."""
    clock = SteppedClock(START)
    seen: list[str] = []

    async def task(name: str) -> None:
        for _ in range(2):
            await clock.asleep(1)
            seen.append(name)

    async def both() -> None:
        await asyncio.gather(task("a"), task("b"))

    asyncio.run(both())
    assert seen == ["a", "b", "a", "b"]
    assert clock.monotonic() == 4


def test_the_clock_is_in_utc() -> None:
    """The start can have any offset, and must have one."""
    clock = SteppedClock(START.astimezone(timezone(timedelta(hours=2))))
    assert clock.now().tzinfo is UTC
    assert clock.now() == START
    with pytest.raises(ValueError, match="aware"):
        SteppedClock(START.replace(tzinfo=None))
