"""Points in time: an aware datetime, an LSN, or a timedelta back from now."""

import re
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import msgspec

# Patterns are compiled on first use, which keeps the import fast.
RFC_3339 = r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?"
LSN = r"[0-9a-fA-F]{1,8}/[0-9a-fA-F]{1,8}"


class Lsn(msgspec.Struct, frozen=True, order=True, rename={"text": "lsn"}):
    """A log sequence number: a position in the write-ahead log, such as `Lsn("0/1DE2850")`.

    It is made of one to eight hexadecimal digits, a slash, and one to eight more: the form that
    the Neon CLI accepts. LSNs have the order of the log, and `str()` is as Postgres prints them.

    Attributes:
        text: The LSN with eight digits on each side, such as `00000000/01DE2850`.

    Raises:
        ValueError: The text does not have this form.
    """

    text: str

    def __post_init__(self) -> None:
        if not re.fullmatch(LSN, self.text):
            raise ValueError(f"{self.text!r} is not an LSN.")
        # With all digits, so that text has the order of the numbers.
        padded = "/".join(half.upper().zfill(8) for half in self.text.split("/"))
        msgspec.structs.force_setattr(self, "text", padded)

    def __int__(self) -> int:
        return int(self.text.replace("/", ""), 16)

    def __str__(self) -> str:
        return "/".join(half.lstrip("0") or "0" for half in self.text.split("/"))

    def __repr__(self) -> str:
        return f"Lsn({str(self)!r})"


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


def format_stamp(time: datetime) -> str:
    """Format a time in UTC in RFC 3339, with microseconds, for a name that no other has."""
    return time.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def in_utc(time: datetime) -> datetime | None:
    """Convert a time to UTC, or return None if it is outside the years 1 to 9999."""
    try:
        return time.astimezone(UTC)
    except OverflowError:
        return None


def format_point(point: Point) -> str:
    """Format a point in time for a terminal."""
    if point is None:
        return "head"
    return f"LSN {point}" if isinstance(point, Lsn) else rfc3339(point)


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
