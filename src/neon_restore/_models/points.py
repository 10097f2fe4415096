"""Points in time: an aware datetime, an LSN, or a timedelta back from now."""

import re
from datetime import UTC, datetime, timedelta
from typing import Self, TypeAlias

import msgspec

# Patterns are compiled on first use, which keeps the import fast.
RFC_3339 = r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?"
LSN = r"[0-9a-fA-F]{1,8}/[0-9a-fA-F]{1,8}"


class Lsn:
    """A log sequence number: a position in the write-ahead log, such as `0/1DE2850`.

    Args:
        text: One to eight hexadecimal digits, a slash, and one to eight more: the form that
            the Neon CLI accepts.

    Raises:
        ValueError: The text does not have this form.

    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not re.fullmatch(LSN, text):
            raise ValueError(f"{text!r} is not an LSN.")
        self._text = text.upper()

    @classmethod
    def of(cls, value: Self | str) -> Self:
        """Return the value if it is an `Lsn`, or else parse it."""
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
"""A point in a branch's history: a time in UTC, an LSN, or None for its head."""

RequestedPoint: TypeAlias = datetime | timedelta | Lsn | None
"""A point as requested; a timedelta counts back from the start of the call."""


def read_time(text: str) -> datetime | None:
    """Parse RFC 3339 text with a zone into a time in UTC, or return None for other text."""
    try:
        time = datetime.fromisoformat(text.upper()) if re.fullmatch(RFC_3339, text) else None
    except ValueError:
        return None
    return in_utc(time) if time and time.utcoffset() is not None else None


def read_lsn(text: str | None) -> Lsn | None:
    """Parse an LSN, or return None for other text."""
    return Lsn(text) if text and re.fullmatch(LSN, text) else None


def rfc3339(time: datetime) -> str:
    """Format a time in RFC 3339, in UTC, with microseconds only if they are not zero."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def in_utc(time: datetime) -> datetime | None:
    """Convert a time to UTC, or return None if it is outside the years 1 to 9999."""
    try:
        return time.astimezone(UTC)
    except OverflowError:
        return None


def format_point(point: Point) -> str:
    """Format a point in time for a terminal."""
    match point:
        case None:
            return "head"
        case Lsn():
            return f"LSN {point}"
        case _:
            return rfc3339(point)


class HistoryWindow(msgspec.Struct, frozen=True, kw_only=True):
    """How far back a restore or a Time Travel query can go.

    Attributes:
        start: The oldest point, in UTC.
        end: The server's time, in UTC.
        retention: How long the project keeps history. The window is shorter while the
            project, or a child branch, is younger than that.

    """

    start: datetime
    end: datetime
    retention: timedelta

    def __str__(self) -> str:
        return f"{rfc3339(self.start)} to {rfc3339(self.end)}"
