"""Parses points in time and durations as people type them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from neon_restore._errors import InvalidPoint, Refused
from neon_restore._models.points import LSN

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PART = (
    r"(\d+(?:\.\d+)?)\s*"
    r"(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)"
    r"(?![a-z])[\s,]*(?:and\s+)?"
)
_TIME_OF_DAY = r"(\d?\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)\s*([Zz]|UTC|[+-]\d\d:\d\d)?"
FORMS = "14:31Z, '10 minutes ago', 2026-11-20T14:31:00Z or an LSN such as 0/1DE2850"


def parse_point(text: str, server_now: Callable[[], datetime]) -> dict[str, Any]:
    """Return the text as the argument `at` or `lsn` of the client, or none for an empty text.

    A time of day is its last occurrence by the server's clock.

    Raises:
        InvalidPoint: A time of day lacks its zone, or is none.

    """
    if not text:
        return {}
    if re.fullmatch(LSN, text):
        return {"lsn": text}
    if text.endswith(" ago"):
        return {"at": parse_duration(text.removesuffix(" ago"))}
    time_of_day = re.fullmatch(_TIME_OF_DAY, text)
    if not time_of_day:
        return {"at": text}
    time, zone = time_of_day.groups()
    time = time if time[2] == ":" else f"0{time}"
    if zone is None:
        raise InvalidPoint(
            f"{text} has no time zone.", advice=f"Give {text}Z for UTC, or {text}+02:00."
        )
    zone = "+00:00" if zone in ("Z", "z", "UTC") else zone
    try:
        typed = datetime.fromisoformat(f"2000-01-01T{time}{zone}")
    except ValueError as error:
        raise InvalidPoint(f"{text} is not a time: {error}.", advice=f"Give {FORMS}.") from None
    now = server_now().astimezone(typed.tzinfo)
    today = typed.replace(year=now.year, month=now.month, day=now.day)
    return {"at": today if today <= now else today - timedelta(days=1)}


def parse_duration(text: str) -> timedelta:
    """Return a duration such as `10 minutes`, `1h 30m` or `7d`.

    Raises:
        Refused: The text is no duration, or is too long for the calendar.

    """
    parts = re.findall(_PART, text)
    if not parts or not re.fullmatch(f"(?:{_PART})+", text):
        raise Refused(
            f"{text!r} is not a duration.", advice="Give one such as 10m, '36 hours' or 7d."
        )
    try:
        return sum(
            (timedelta(**{_UNITS[unit[0]]: float(number)}) for number, unit in parts), timedelta()
        )
    except OverflowError:
        raise Refused(f"{text!r} is too long.", advice="Give a shorter duration.") from None
