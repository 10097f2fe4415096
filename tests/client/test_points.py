"""Points in time as values: what is accepted, what is refused."""

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from neon_restore import InvalidPoint, Lsn, Neon, UnexpectedAnswer, _clock
from neon_restore._branches.points import parse_point, to_absolute
from neon_restore._models.points import format_point, read_lsn, read_time, rfc3339
from tests.client.harness import BEFORE_DELETE, PROJECT, Harness, error_response, sequence

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "meant"),
    [
        ("2026-11-20T12:00:00Z", NOON),
        ("2026-11-20t12:00:00z", NOON),
        ("2026-11-20 12:00:00Z", NOON),
        ("2026-11-20T14:00:00+02:00", NOON),
        ("2026-11-20T04:30:00-07:30", NOON),
        ("2026-11-20T12:00:00.25Z", NOON + timedelta(seconds=0.25)),
        ("2026-11-20T12:00:00.123456789Z", NOON + timedelta(microseconds=123456)),
        (datetime(2026, 11, 20, 14, tzinfo=timezone(timedelta(hours=2))), NOON),
    ],
)
def test_a_time_with_a_zone_becomes_utc(at: str | datetime, meant: datetime) -> None:
    point = parse_point(at, None)
    assert point == meant
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
    ],
)
def test_what_is_no_time_is_refused(at: Any) -> None:
    """The error shows the value that was given."""
    with pytest.raises(InvalidPoint) as refused:
        parse_point(at, None)
    assert repr(at) in str(refused.value)
    assert refused.value.advice


@pytest.mark.parametrize(
    ("at", "lsn", "message"),
    [
        ("2026-11-20T12:00:00", None, "no time zone"),
        (datetime(2026, 11, 20, 12), None, "no time zone"),  # noqa: DTZ001
        ("0001-01-01T00:00:00+14:00", None, "outside the years 1 to 9999 in UTC"),
        (timedelta(0), None, "not in the past"),
        (timedelta(seconds=-1), None, "not in the past"),
        ("2026-11-20T12:00:00Z", "0/1DE2850", "Two points"),
    ],
)
def test_what_names_no_single_moment_is_refused(at: Any, lsn: str | None, message: str) -> None:
    """A time without a zone is not taken for local time."""
    with pytest.raises(InvalidPoint, match=message):
        parse_point(at, lsn)


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ("0/1DE2850", 'Give lsn="0/1DE2850".'),
        # As Postgres prints a timestamptz, which Neon refuses too.
        ("2026-11-20 14:31:00.25+00", 'Give it as "2026-11-20T14:31:00.25+00:00".'),
    ],
)
def test_a_point_in_another_form_is_refused_with_the_right_one(given: str, advice: str) -> None:
    with pytest.raises(InvalidPoint) as refused:
        parse_point(given, None)
    assert refused.value.advice == advice


def test_a_timedelta_leads_back_to_a_whole_second() -> None:
    """Ten minutes ago is ten minutes before now, rounded down to a whole second."""
    now = NOON + timedelta(microseconds=999_999)
    assert to_absolute(timedelta(minutes=10), now) == NOON - timedelta(minutes=10)
    assert to_absolute(timedelta(microseconds=1), now) == NOON
    with pytest.raises(InvalidPoint, match="before the calendar starts"):
        to_absolute(timedelta.max, now)


@pytest.mark.parametrize("text", ["0/0", "0/1DE2850", "16/b374d848", "FFFFFFFF/FFFFFFFF"])
def test_an_lsn_has_two_hexadecimal_halves(text: str) -> None:
    """Text that the Neon CLI accepts as an LSN is one, and is printed in upper case."""
    assert str(Lsn(text)) == text.upper()
    assert repr(Lsn(text)) == f"Lsn({text.upper()!r})"
    assert parse_point(None, text) == parse_point(None, Lsn(text)) == Lsn(text)


@pytest.mark.parametrize(
    "text", ["", "0", "/", "0/", "0/g", "0/1DE2850\n", "0x0/1", "123456789/0", "0/1/2", " 0/1"]
)
def test_a_malformed_lsn_is_refused(text: str) -> None:
    with pytest.raises(InvalidPoint, match="is not an LSN"):
        parse_point(None, text)
    assert read_lsn(text) is None


def test_lsns_are_values() -> None:
    """LSNs are equal if they are the same position, however they are written."""
    assert {Lsn("0/00a")} == {Lsn("0/A")}
    assert Lsn("0/A") != Lsn("A/0")
    other: Any = "0/A"
    assert Lsn("0/A") != other
    assert int(Lsn("1/A")) == (1 << 32) + 10


def test_lsns_have_the_order_of_the_log() -> None:
    """They are compared as numbers, not as text."""
    lsns = [Lsn("0/9"), Lsn("0/A"), Lsn("0/10"), Lsn("9/0"), Lsn("10/0"), Lsn("FFFFFFFF/0")]
    assert sorted(set(lsns)) == lsns
    assert Lsn("0/A") <= Lsn("0/0a") < Lsn("0/B")
    assert max(lsns) > Lsn("10/0") >= Lsn("9/FF")
    wrong: Any = "0/B"
    with pytest.raises(TypeError):
        assert Lsn("0/A") < wrong


def test_an_lsn_is_as_postgres_prints_it() -> None:
    lsn = Lsn("0/01de2850")
    assert str(lsn) == f"{lsn}" == "0/1DE2850"
    assert pickle.loads(pickle.dumps(lsn)) == copy.copy(lsn) == lsn  # noqa: S301


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
    monkeypatch.setattr(_clock, "now", lambda: datetime(2026, 11, 17, 3, tzinfo=UTC))
    plan = neon.plan_restore("production", at=timedelta(minutes=10))
    assert plan.point == datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    assert plan.planned_at == harness.clock.now()


def test_a_servers_time_that_is_not_told_is_not_guessed(neon: Neon, harness: Harness) -> None:
    """Without a `Date` in responses nothing is restored: the local clock is no substitute."""

    def undated(request: httpx.Request) -> httpx.Response:
        response = harness.sandbox.api.handle(request)
        del response.headers["Date"]
        return response

    harness.answers.append(undated)
    with pytest.raises(UnexpectedAnswer, match="have no Date"):
        neon.restore("production", at=timedelta(minutes=10))
    assert harness.writes_sent == []


BUSY = [error_response(503, "later", Retry_After="10")] * 4
"""Together they keep a call waiting for 40 s."""
FIXED = "2026-11-20T14:30:30Z"
"""The point 9 min 30 s before the call, which is 30 s before the `DELETE`."""


@pytest.mark.parametrize("path", ["", "/branches"])
@pytest.mark.parametrize(
    "call",
    [
        lambda neon, at: neon.restore("production", at=at).point,
        lambda neon, at: neon.plan_restore("production", at=at).point,
        lambda neon, at: neon.begin_restore("production", at=at).point,
    ],
)
def test_a_point_does_not_move_while_the_call_waits(
    path: str, call: Callable[[Neon, timedelta], Any], neon: Neon, harness: Harness
) -> None:
    """It counts back from the moment of the call, not from Neon's last answer."""
    harness.respond_once("GET", path or PROJECT, *BUSY)
    assert call(neon, timedelta(minutes=9, seconds=30)) == read_time(FIXED)
    assert harness.clock.monotonic() >= 40


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (lambda neon, at: neon.schema_diff("production", database="shop", at=at), "timestamp"),
        (lambda neon, at: neon.create_snapshot("production", at=at), "timestamp"),
        (lambda neon, at: neon.connection_string("production", database="shop", at=at), None),
    ],
)
def test_no_point_moves(
    call: Callable[[Neon, timedelta], Any], shown: str | None, neon: Neon, harness: Harness
) -> None:
    """Comparisons, snapshots and connection strings count back from the call too."""
    harness.respond_once("GET", "/branches", *BUSY)
    result = call(neon, timedelta(minutes=9, seconds=30))
    sent = next((r.url.params[shown] for r in harness.sent if shown in r.url.params), None)
    assert (sent or result.options) in (FIXED, f"neon_timestamp:{FIXED}")


@pytest.mark.parametrize("slept", [-3600, 3, 3600])
def test_a_point_that_is_not_known_is_refused(
    slept: float, neon: Neon, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suspended laptop does not count the time, so the moment of the call is not known."""
    suspended = sequence(
        lambda request: monkeypatch.setattr(
            _clock, "now", lambda: harness.clock.now() + timedelta(seconds=slept)
        ),
        harness.sandbox.api.handle,
    )
    harness.respond_once("GET", PROJECT, suspended)
    with pytest.raises(
        InvalidPoint, match="this machine was suspended, or its clock was set"
    ) as refused:
        neon.restore("production", at=timedelta(minutes=10))
    assert harness.writes_sent == []
    assert refused.value.changed == "nothing."
    assert neon.restore("production", at=BEFORE_DELETE).backup is not None
