"""Points in time as values: an aware datetime, an LSN, or a time back from now."""

import re
from datetime import UTC, datetime, timedelta
from typing import Self, TypeAlias

from ._errors import InvalidPoint

# Patterns are compiled by their first use, which keeps the import short.
_RFC_3339 = r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?"
_LSN = r"[0-9a-fA-F]{1,8}/[0-9a-fA-F]{1,8}"
_AN_AWARE_ONE = 'Give a time with its zone, such as "2026-11-20T14:31:00Z".'


class Lsn:
    """A log sequence number: a position in the write-ahead log, such as `0/1DE2850`.

    Args:
        text: One to eight hexadecimal digits, a slash, one to eight more: the form that
            Neon's own command line accepts.

    Raises:
        InvalidPoint: The text has another form.

    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not re.fullmatch(_LSN, text):
            raise InvalidPoint(
                f"{text!r} is not an LSN.",
                advice='Give the form that Postgres prints, such as "0/1DE2850".',
            )
        self._text = text.upper()

    @classmethod
    def of(cls, value: Self | str) -> Self:
        """The value itself, or the LSN that the text stands for."""
        return value if isinstance(value, cls) else cls(f"{value}")

    def __int__(self) -> int:
        high, low = self._text.split("/")
        return int(high, 16) << 32 | int(low, 16)

    def __eq__(self, other: object) -> bool:
        return int(self) == int(other) if isinstance(other, Lsn) else NotImplemented

    def __hash__(self) -> int:
        return hash(int(self))

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Lsn({self._text!r})"


Point: TypeAlias = datetime | Lsn | None
"""Where in a branch's history: a time in UTC, an LSN, or None for its head."""

AskedPoint: TypeAlias = datetime | timedelta | Lsn | None
"""A point as it was asked for: a timedelta counts back from the server's now."""


def asked_point(at: datetime | timedelta | str | None, lsn: Lsn | str | None) -> AskedPoint:
    """Read what the caller gave, before anything is sent.

    Raises:
        InvalidPoint: Two points, a naive or malformed time, or a malformed LSN.

    """
    if at is not None and lsn is not None:
        raise InvalidPoint(
            "Two points were given: a time and an LSN.", advice="Give at= or lsn=, not both."
        )
    if lsn is not None:
        return Lsn.of(lsn)
    if isinstance(at, timedelta):
        if at <= timedelta(0):
            raise InvalidPoint(
                f"{at} back from now is not in the past.",
                advice="Give a positive timedelta: timedelta(minutes=10) is ten minutes ago.",
            )
        return at
    if isinstance(at, str):
        at = _read(at)
    if at is None:
        return None
    if not isinstance(at, datetime):
        raise InvalidPoint(f"{at!r} is not a point in time.", advice=_AN_AWARE_ONE)
    return _utc(at)


def read_time(text: str) -> datetime | None:
    """The time that RFC 3339 text with a zone stands for, in UTC, or None."""
    try:
        return _utc(_read(text))
    except InvalidPoint:
        return None


def read_lsn(text: str | None) -> Lsn | None:
    """The LSN that the text stands for, or None."""
    return Lsn(text) if text and re.fullmatch(_LSN, text) else None


def rfc3339(time: datetime) -> str:
    """The time in UTC, with microseconds only where it has any."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def in_utc(time: datetime) -> datetime | None:
    """The time in UTC, or None where the calendar ends before it."""
    try:
        return time.astimezone(UTC)
    except OverflowError:
        return None


def resolve(asked: datetime | timedelta, now: datetime) -> datetime:
    """The time itself; a timedelta becomes the whole second that it leads back to."""
    if isinstance(asked, datetime):
        return asked
    try:
        return (now - asked).replace(microsecond=0)
    except OverflowError:
        raise InvalidPoint(
            f"{asked} back from now is before the calendar starts.",
            advice="Give a shorter timedelta.",
        ) from None


def describe(point: Point) -> str:
    """The point in words for a terminal."""
    match point:
        case None:
            return "head"
        case Lsn():
            return f"LSN {point}"
        case _:
            return rfc3339(point)


def _read(text: str) -> datetime:
    if re.fullmatch(_LSN, text):
        raise InvalidPoint(f"{text!r} is an LSN, not a time.", advice=f'Give lsn="{text}".')
    if not re.fullmatch(_RFC_3339, text):
        raise InvalidPoint(f"{text!r} is not a time in RFC 3339.", advice=_AN_AWARE_ONE)
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise InvalidPoint(f"{text!r} is not a time: {error}.", advice=_AN_AWARE_ONE) from None


def _utc(time: datetime) -> datetime:
    if time.utcoffset() is None:
        raise InvalidPoint(
            f"{time.isoformat()} has no time zone, so it names no moment.", advice=_AN_AWARE_ONE
        )
    if (utc := in_utc(time)) is None:
        raise InvalidPoint(
            f"{time.isoformat()} is outside the years 1 to 9999 in UTC.", advice=_AN_AWARE_ONE
        )
    return utc
