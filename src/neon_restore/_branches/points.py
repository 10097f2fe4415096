"""Parses points in time given by the caller."""

import re
from datetime import datetime, timedelta

from neon_restore._errors import InvalidPoint
from neon_restore._models.points import LSN, RFC_3339, Lsn, RequestedPoint, in_utc

# The form in which Postgres prints a timestamptz, such as "2026-11-20 14:31:00.25+00".
_POSTGRES_TIME = r"(?P<date>[\d-]{10}) (?P<time>[\d:]{8}(?:\.\d+)?)(?P<zone>[+-]\d\d)"
_TIME_ADVICE = 'Give a time with its zone, such as "2026-11-20T14:31:00Z".'


def parse_point(at: datetime | timedelta | str | None, lsn: Lsn | str | None) -> RequestedPoint:
    """Parse the point in time that the caller gave, before any request is sent."""
    if at is not None and lsn is not None:
        raise InvalidPoint(
            "Two points were given: a time and an LSN.", advice="Give at= or lsn=, not both."
        )
    if lsn is not None:
        return _parse_lsn(lsn)
    if isinstance(at, timedelta):
        if at <= timedelta(0):
            raise InvalidPoint(
                f"{at} back from now is not in the past.",
                advice="Give a positive timedelta: timedelta(minutes=10) is ten minutes ago.",
            )
        return at
    if isinstance(at, str):
        at = _parse_time(at)
    return None if at is None else _to_utc(at)


def to_absolute(asked: timedelta, began: datetime) -> datetime:
    """Return the time so long before the call began, truncated to the second."""
    try:
        return (began - asked).replace(microsecond=0)
    except OverflowError:
        raise InvalidPoint(
            f"{asked} back from now is before the calendar starts.",
            advice="Give a shorter timedelta.",
        ) from None


def _parse_lsn(text: Lsn | str) -> Lsn:
    try:
        return text if isinstance(text, Lsn) else Lsn(text)
    except ValueError:
        raise InvalidPoint(
            f"{text!r} is not an LSN.",
            advice='Give the form that Postgres prints, such as "0/1DE2850".',
        ) from None


def _parse_time(text: str) -> datetime:
    if re.fullmatch(LSN, text):
        raise InvalidPoint(f"{text!r} is an LSN, not a time.", advice=f'Give lsn="{text}".')
    if not re.fullmatch(RFC_3339, text):
        rendered = re.fullmatch(_POSTGRES_TIME, text)
        right = rendered and f"{rendered['date']}T{rendered['time']}{rendered['zone']}:00"
        advice = f'Give it as "{right}".' if right else _TIME_ADVICE
        raise InvalidPoint(f"{text!r} is not a time in RFC 3339.", advice=advice)
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise InvalidPoint(f"{text!r} is not a time: {error}.", advice=_TIME_ADVICE) from None


def _to_utc(time: datetime) -> datetime:
    if time.utcoffset() is None:
        raise InvalidPoint(
            f"{time.isoformat()} has no time zone, so it names no moment.", advice=_TIME_ADVICE
        )
    if (utc := in_utc(time)) is None:
        raise InvalidPoint(
            f"{time.isoformat()} is outside the years 1 to 9999 in UTC.", advice=_TIME_ADVICE
        )
    return utc
