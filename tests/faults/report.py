"""The table on the page. The counts of this client are made again each time, over TCP too.

The counts of the other callers take a minute more and do not depend on this client. `make faults`
makes them and stores them with a digest of the sources that decide them.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from tests.contract.document import ROOT
from tests.faults import over_tcp, simulation
from tests.faults.oracle import Reported, Verdict, Violation

PAGE = ROOT / "snippets" / "how-proved" / "faults.out"
STEPPED, TCP = "stepped", "over TCP"
STORE = ROOT / "tests" / "faults" / "others.json"
SOURCES = (
    "package.json",
    "src/neon_sandbox/model/rules.py",
    "src/neon_sandbox/model/restore.py",
    "src/neon_sandbox/model/operation_queue.py",
    "src/neon_sandbox/storage/memory.py",
    "tests/faults/[!t]*.py",
    "tests/faults/t[!e]*.py",
)
"""The version of the Neon CLI, the sandbox's restore, and this package without its tests."""
SCHEDULES, UNKNOWN = "schedules", "outcome unknown"
UNKNOWABLE = "to any client"
"""Unknown outcomes that no client could have known, by what it could see."""
WIDTH = 12
ONLY_OURS = (Violation.FOREIGN_EXCEPTION, Violation.LEFT_UNPROTECTED, Violation.UNTOLD)
"""Only this client documents its exceptions, unprotects branches and tells of other restores."""


class Column(NamedTuple):
    """A caller, how it was called, and its counts."""

    caller: str
    how: str
    counts: dict[str, int]


def counts(found: Sequence[Verdict], *, ours: bool) -> dict[str, int]:
    """Return the number of schedules with each violation."""
    wrong = [each for each in Violation if ours or each not in ONLY_OURS]
    rows = {SCHEDULES: len(found)}
    return rows | {str(each): sum(each in one.wrong for one in found) for each in wrong}


def table(columns: Sequence[Column]) -> str:
    """Return the columns side by side, with a dash where a row does not apply to a caller."""
    rows: list[tuple[str, list[str | int]]] = [
        ("", [column.caller for column in columns]),
        ("", [column.how for column in columns]),
    ]
    names = (SCHEDULES, *Violation, UNKNOWN, UNKNOWABLE)
    rows += [(name, [column.counts.get(name, "-") for column in columns]) for name in names]
    return "".join(
        f"{name:<18}" + "".join(f"{cell:>{WIDTH}}" for cell in cells) + "\n" for name, cells in rows
    )


def details(found: Sequence[Verdict]) -> list[str]:
    """Return further counts of a run, one per line."""
    requests = [each.requests for each in found]
    rows = {
        **{f"said: {said}": sum(each.said is said for each in found) for said in Reported},
        **{
            f"unknown, although {evidence}": times
            for evidence, times in Counter(one.evidence for one in found).items()
            if evidence
        },
        "restores sent again": sum(max(each.posts - 1, 0) for each in found),
        "requests per restore, median": int(median(requests)),
        "requests per restore, worst": max(requests),
    }
    return [f"{name:<48}{count:>6}" for name, count in rows.items()]


class OutOfDate(AssertionError):
    """The sources have changed since the counts were stored."""


def digest() -> str:
    """Return the digest of the sources."""
    found = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def store(columns: Sequence[Column]) -> None:
    """Store the counts and the digest."""
    kept = {"sources": digest(), "columns": [column._asdict() for column in columns]}
    STORE.write_text(json.dumps(kept, indent=2) + "\n", "utf-8")


def read() -> list[Column]:
    """Return the stored counts; raise `OutOfDate` if the sources have changed since."""
    kept = json.loads(STORE.read_text("utf-8"))
    if kept["sources"] != digest():
        raise OutOfDate(
            f"{STORE.relative_to(ROOT)}:1: what decides these counts has changed since they were "
            "made. Run `make faults WRITE=1`."
        )
    return [Column(**column) for column in kept["columns"]]


def ours(found: Sequence[Verdict], over_tcp: Sequence[Verdict]) -> list[Column]:
    """Return the columns of this client."""
    # On the real clock, unknown outcomes also depend on the machine, and are left out.
    unknown = {
        UNKNOWN: sum(each.said is Reported.UNKNOWN for each in found),
        UNKNOWABLE: sum(each.evidence == "" for each in found),
    }
    # Over TCP it is not recorded what the client has read before it sends the restore.
    judged = {
        name: n for name, n in counts(over_tcp, ours=True).items() if name != Violation.UNTOLD
    }
    return [
        Column("client", STEPPED, counts(found, ours=True) | unknown),
        Column("client", TCP, judged),
    ]


def theirs() -> list[Column]:
    """Run the other callers and return their columns."""
    columns = [Column("retry loop", STEPPED, counts(simulation.rival(), ours=False))]
    for contender in over_tcp.RIVALS:
        found = over_tcp.run(contender)
        columns.append(Column(contender, TCP, counts(found, ours=False)))
    return columns


def page(ours: Sequence[Column], theirs: Sequence[Column]) -> str:
    """Return the table, with this client first on each clock."""
    return table(sorted([*ours, *theirs], key=lambda column: column.how == TCP))


def compared() -> str:
    """Return the current table for the seeds of the page."""
    recorded = read()
    found = simulation.many(range(simulation.SCHEDULES))
    through_proxy = over_tcp.run("neon_restore")
    # pytest shows this output when the table differs: the counts alone do not say why.
    for how, verdicts in ((STEPPED, found), (TCP, through_proxy)):
        for verdict in verdicts:
            if verdict.wrong:
                print(f"{how}, seed {verdict.seed}: {verdict.wrong} ({verdict.words})")
    return page(ours(found, through_proxy), recorded)
