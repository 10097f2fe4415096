"""The counts of the other callers, stored with a digest of the sources that decide them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from tests.contract.document import ROOT
from tests.faults.table import Column

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PATH = ROOT / "tests" / "faults" / "others.json"
SOURCES = (
    "package.json",
    "src/neon_sandbox/model/assumptions.py",
    "src/neon_sandbox/model/restore.py",
    "src/neon_sandbox/model/operation_queue.py",
    "src/neon_sandbox/storage/memory.py",
    "tests/faults/[!t]*.py",
    "tests/faults/t[!e]*.py",
)
"""The version of the Neon CLI, the sandbox's restore, and this package without its tests."""


class OutOfDate(AssertionError):
    """The sources have changed since the counts were stored."""


def digest() -> str:
    """Return the digest of the sources."""
    found = hashlib.sha256()
    for path in _sources():
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _sources() -> Iterator[Path]:
    for pattern in SOURCES:
        yield from sorted(ROOT.glob(pattern))


def write(columns: Sequence[Column]) -> None:
    """Store the counts and the digest."""
    kept = {"sources": digest(), "columns": [column._asdict() for column in columns]}
    PATH.write_text(json.dumps(kept, indent=2) + "\n", "utf-8")


def read() -> list[Column]:
    """Return the stored counts.

    Raises:
        OutOfDate: The sources have changed since.

    """
    kept = json.loads(PATH.read_text("utf-8"))
    if kept["sources"] != digest():
        raise OutOfDate(
            f"{PATH.relative_to(ROOT)}:1: what decides these counts has changed since they were "
            "made. Run `make faults WRITE=1`."
        )
    return [Column(**column) for column in kept["columns"]]
