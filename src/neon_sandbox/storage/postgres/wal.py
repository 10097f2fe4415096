"""WAL files: their names, the commits in them, and how branches share them.

A finished file is shared by a hard link, which is safe because no server ever recycles a file.
"""

import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from neon_sandbox.points import Lsn, Position
from neon_sandbox.storage.postgres.binaries import PostgresBinaries

SEGMENT = 2**20
_SEGMENTS_PER_HIGH_HALF = 2**32 // SEGMENT
_PAGE = 8192
_PAGE_HEADER, _SEGMENT_HEADER = 24, 40
_COMMIT = re.compile(
    r"len \(rec/tot\):\s*\d+/\s*(?P<length>\d+), .*? lsn: (?P<lsn>\S+), .*? "
    r"desc: COMMIT(?:_PREPARED)? (?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) UTC"
)


def segment_of(lsn: int) -> int:
    """Return the number of the WAL file that contains an LSN."""
    return lsn // SEGMENT


def file_name(timeline: int, segment: int) -> str:
    """Return the name that Postgres gives to a timeline's WAL file."""
    high, low = divmod(segment, _SEGMENTS_PER_HIGH_HALF)
    return f"{timeline:08X}{high:08X}{low:08X}"


def history_name(timeline: int) -> str:
    """Return the name of the history file of a timeline."""
    return f"{timeline:08X}.history"


def read_commits(
    binaries: PostgresBinaries, folder: Path, timeline: int, start: Lsn, end: Lsn
) -> list[Position]:
    """Return the commits between two LSNs, in their order, with times on the machine's clock."""
    if start >= end:
        return []
    options = ["--path", str(folder), "--rmgr", "Transaction"]
    options += ["--start", str(start), "--end", str(end)]
    # Without file names, pg_waldump may read the segment size from a file that is not yet written.
    files = [file_name(timeline, segment_of(lsn)) for lsn in (start, end - 1)]
    output = binaries.run("pg_waldump", *options, *files)
    return [
        Position(
            _end_of_record(Lsn.parse(found["lsn"]), int(found["length"])),
            datetime.fromisoformat(found["time"]).replace(tzinfo=UTC),
        )
        for found in _COMMIT.finditer(output)
    ]


def link(source: Path, destination: Path) -> None:
    """Hard-link a finished file, or copy it where the file system has no hard links."""
    destination.unlink(missing_ok=True)
    try:
        os.link(source, destination)
    except OSError:
        shutil.copy2(source, destination)


def _end_of_record(start: Lsn, length: int) -> Lsn:
    """Return where a record ends; it may cross pages, each of which begins with a header."""
    position, left = int(start), length
    while left > (room := _PAGE - position % _PAGE):
        left -= room
        position += room
        position += _PAGE_HEADER if position % SEGMENT else _SEGMENT_HEADER
    return Lsn((position + left + 7) // 8 * 8)


def copy(source: Path, destination: Path) -> None:
    """Copy a file that is still written to; the data after its last record does not matter."""
    destination.unlink(missing_ok=True)
    shutil.copy2(source, destination)
    owner = source.stat()
    os.chown(destination, owner.st_uid, owner.st_gid)
