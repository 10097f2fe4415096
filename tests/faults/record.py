"""What the last whole run over TCP counted, kept beside a digest of the sources it ran with.

The columns of the stepped clock are counted anew wherever the table is compared; those over TCP
take too long for that, so they count only while the sources are the ones they were counted with.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from tests.contract.document import ROOT

if TYPE_CHECKING:
    from tests.faults.table import Counts

PATH = ROOT / "tests" / "faults" / "over_tcp.json"
SOURCES = ("src/neon_restore/*.py", "tests/faults/*.py", "package.json")


class OutOfDate(AssertionError):
    """The sources are not those that the record was made with."""


def digest() -> str:
    """Return the digest of all that decides what is counted: client, faults, official program."""
    found = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def write(columns: dict[str, Counts]) -> None:
    """Keep what was counted."""
    text = json.dumps({"sources": digest(), "columns": columns}, indent=2)
    PATH.write_text(f"{text}\n", "utf-8")


def read() -> dict[str, Counts]:
    """Return what was counted.

    Raises:
        OutOfDate: The sources have changed since.

    """
    kept = json.loads(PATH.read_text("utf-8"))
    if kept["sources"] != digest():
        raise OutOfDate(
            f"{PATH.relative_to(ROOT)}:1: the client or its faults have changed since the run over "
            "TCP. Run `make faults WRITE=1`."
        )
    columns: dict[str, Counts] = kept["columns"]
    return columns
