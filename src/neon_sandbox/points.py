"""Points in a branch's history: LSNs, instants, and their text formats.

All instants are aware datetimes in UTC.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

_LSN = re.compile(r"[0-9a-fA-F]{1,8}/[0-9a-fA-F]{1,8}")
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


class Lsn(int):
    """A log sequence number: a byte position in a write-ahead log. As text: ``0/1DE2850``."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse text such as ``0/1DE2850``; raise ``ValueError`` if it is malformed."""
        if not _LSN.fullmatch(text):
            raise ValueError(f"malformed LSN {text!r}")
        high, low = text.split("/")
        return cls((int(high, 16) << 32) | int(low, 16))

    def __str__(self) -> str:
        return f"{self >> 32:X}/{self & 0xFFFFFFFF:X}"

    def __repr__(self) -> str:
        return f"Lsn({str(self)!r})"


Point = datetime | Lsn


@dataclass(frozen=True, slots=True)
class Position:
    """The position of a commit on a timeline: the LSN at which it ended, and its time."""

    lsn: Lsn
    time: datetime


def parse_instant(text: str) -> datetime:
    """Parse RFC 3339 text with an offset, such as ``2026-11-20T14:31:00Z``, into UTC."""
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"malformed timestamp {text!r}")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"timestamp {text!r} is beyond the calendar") from None


def write_instant(instant: datetime) -> str:
    """Format an instant as RFC 3339 in UTC, with a fraction only if it has one."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
