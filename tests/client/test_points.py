"""Points in time as values: what is accepted, what is refused."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from neon_restore import InvalidPoint, Lsn, Neon
from neon_restore._branches.points import parse_point, to_absolute
from neon_restore._models.points import format_point, read_lsn, read_time, rfc3339
from tests.client.harness import Harness

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-20T12:00:00Z", NOON),
        ("2026-11-20t12:00:00z", NOON),
        ("2026-11-20 12:00:00Z", NOON),
        ("2026-11-20T14:00:00+02:00", NOON),
        ("2026-11-20T04:30:00-07:30", NOON),
        ("2026-11-20T12:00:00.25Z", NOON + timedelta(seconds=0.25)),
        ("2026-11-20T12:00:00.123456789Z", NOON + timedelta(microseconds=123456)),
    ],
)
def test_rfc_3339_text_with_a_zone_is_a_time(text: str, meant: datetime) -> None:
    """RFC 3339 text of any zone is converted to UTC."""
    point = parse_point(text, None)
    assert point == meant
    assert isinstance(point, datetime)
    assert point.tzinfo is UTC


def test_an_aware_datetime_becomes_utc() -> None:
    point = parse_point(datetime(2026, 11, 20, 14, tzinfo=timezone(timedelta(hours=2))), None)
    assert point == NOON
    assert isinstance(point, datetime)
    assert point.tzinfo is UTC


@pytest.mark.parametrize(
    "at",
    [
        "",
        "yesterday",
        "2026-11-20",
        "2026-11-20T12:00Z",
        "2026-13-20T12:00:00Z",
        "2026-11-20T12:00:60Z",
        "2026-11-20T12:00:00+24:00",
        "2026-11-20T12:00:00Z\n",
        "２０２６-11-20T12:00:00Z",  # noqa: RUF001 - digits that int() would read
        "0/1DE2850",
        date(2026, 11, 20),
        1763640000,
    ],
)
def test_what_is_no_time_is_refused(at: Any) -> None:
    """The error shows the value that was given."""
    with pytest.raises(InvalidPoint) as refused:
        parse_point(at, None)
    assert repr(at) in str(refused.value)
    assert refused.value.advice


@pytest.mark.parametrize("at", ["2026-11-20T12:00:00", datetime(2026, 11, 20, 12)])  # noqa: DTZ001
def test_a_naive_time_names_no_moment(at: Any) -> None:
    """A time without a zone is refused, and not taken for local time."""
    with pytest.raises(InvalidPoint, match="no time zone"):
        parse_point(at, None)


def test_a_time_beyond_the_calendar_is_refused() -> None:
    """A time that has no year in UTC raises one of this library's errors."""
    with pytest.raises(InvalidPoint, match="outside the years 1 to 9999 in UTC"):
        parse_point("0001-01-01T00:00:00+14:00", None)


def test_an_lsn_given_as_a_time_is_told_where_it_belongs() -> None:
    """The advice for an LSN in `at=` is the argument that takes it."""
    with pytest.raises(InvalidPoint) as refused:
        parse_point("0/1DE2850", None)
    assert refused.value.advice == 'Give lsn="0/1DE2850".'


def test_two_points_are_refused() -> None:
    """A time and an LSN together are an error, whatever their values."""
    with pytest.raises(InvalidPoint, match="Two points"):
        parse_point("2026-11-20T12:00:00Z", "0/1DE2850")


@pytest.mark.parametrize("at", [timedelta(0), timedelta(seconds=-1)])
def test_a_length_of_time_that_leads_nowhere_is_refused(at: timedelta) -> None:
    """A `timedelta` back from now is more than zero."""
    with pytest.raises(InvalidPoint, match="not in the past"):
        parse_point(at, None)


def test_a_timedelta_leads_back_to_a_whole_second() -> None:
    """Ten minutes ago is ten minutes before now, rounded down to a whole second."""
    now = NOON + timedelta(microseconds=999_999)
    assert to_absolute(timedelta(minutes=10), now) == NOON - timedelta(minutes=10)
    assert to_absolute(timedelta(microseconds=1), now) == NOON


def test_a_timedelta_before_the_calendar_is_refused() -> None:
    """A `timedelta` that is too long for the calendar raises one of this library's errors."""
    with pytest.raises(InvalidPoint, match="before the calendar starts"):
        to_absolute(timedelta.max, NOON)


@pytest.mark.parametrize("text", ["0/0", "0/1DE2850", "16/b374d848", "FFFFFFFF/FFFFFFFF"])
def test_an_lsn_has_two_hexadecimal_halves(text: str) -> None:
    """Text that the Neon CLI accepts as an LSN is one, and is printed in upper case."""
    assert str(Lsn(text)) == text.upper()
    assert repr(Lsn(text)) == f"Lsn({text.upper()!r})"
    assert parse_point(None, text) == Lsn(text)
    assert parse_point(None, Lsn(text)) == Lsn(text)


@pytest.mark.parametrize(
    "text", ["", "0", "/", "0/", "0/g", "0/1DE2850\n", "0x0/1", "123456789/0", "0/1/2", " 0/1"]
)
def test_a_malformed_lsn_is_refused(text: str) -> None:
    """Other text is no LSN, as a point or on its own."""
    with pytest.raises(InvalidPoint, match="is not an LSN"):
        parse_point(None, text)
    assert read_lsn(text) is None


def test_lsns_are_values() -> None:
    """LSNs are equal if they are the same position, however they are written."""
    assert Lsn("0/00a") == Lsn("0/A")
    assert hash(Lsn("0/00a")) == hash(Lsn("0/A"))
    assert Lsn("0/A") != Lsn("A/0")
    assert Lsn("0/A") != "0/A"
    assert int(Lsn("1/A")) == (1 << 32) + 10


def test_points_in_words() -> None:
    """A point is printed as head, LSN or time; microseconds are shown if there are any."""
    assert format_point(None) == "head"
    assert format_point(Lsn("0/a")) == "LSN 0/A"
    assert format_point(NOON) == "2026-11-20T12:00:00Z"
    assert rfc3339(NOON + timedelta(microseconds=5)) == "2026-11-20T12:00:00.000005Z"
    assert read_time("2026-11-20T12:00:00Z") == NOON
    assert read_time("noon") is None


def test_ago_goes_by_the_servers_clock(
    neon: Neon, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a laptop with its clock days off, the point is ten minutes before the server's time."""
    wrong = datetime(2026, 11, 17, 3, tzinfo=UTC)
    monkeypatch.setattr("neon_restore._clock.now", lambda: wrong)
    plan = neon.plan_restore("production", at=timedelta(minutes=10))
    assert plan.point == datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    assert plan.planned_at == harness.clock.now()


def test_a_servers_time_that_is_not_told_is_not_guessed(neon: Neon, harness: Harness) -> None:
    """Without a `Date` in responses nothing is restored: the local clock is no substitute."""

    def undated(response_to: Any) -> Any:
        response = harness.sandbox.api.handle(response_to)
        del response.headers["Date"]
        return response

    harness.answers.append(undated)
    with pytest.raises(Exception, match="have no Date") as raised:
        neon.restore("production", at=timedelta(minutes=10))
    assert type(raised.value).__name__ == "UnexpectedAnswer"
    assert harness.writes_sent == []
