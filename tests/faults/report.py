"""The table on the page. The counts of this client are made again each time, over TCP too.

The counts of the other callers take a minute more and do not depend on this client. `make faults`
makes them and stores them with a digest of the sources that decide them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.contract.document import ROOT
from tests.faults import over_tcp, record, sweep
from tests.faults.table import Column, counts, table, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.oracle import Verdict

PAGE = ROOT / "snippets" / "how-proved" / "faults.out"
STEPPED, TCP = "stepped", "over TCP"


def ours(found: Sequence[Verdict], over_tcp: Sequence[Verdict]) -> list[Column]:
    """Return the columns of this client.

    On the real clock, unknown outcomes also depend on the machine, and are left out.
    """
    return [
        Column("client", STEPPED, counts(found, ours=True) | unknown(found)),
        Column("client", TCP, counts(over_tcp, ours=True)),
    ]


def theirs() -> list[Column]:
    """Run the other callers and return their columns."""
    columns = [Column("retry loop", STEPPED, counts(sweep.rival(), ours=False))]
    for contender in over_tcp.RIVALS:
        found = asyncio.run(over_tcp.verdicts(contender))
        columns.append(Column(contender, TCP, counts(found, ours=False)))
    return columns


def page(ours: Sequence[Column], theirs: Sequence[Column]) -> str:
    """Return the table, with this client first on each clock."""
    order = [STEPPED, TCP]
    return table(sorted([*ours, *theirs], key=lambda column: order.index(column.how)))


def compared() -> str:
    """Return the current table for the seeds of the page.

    Raises:
        OutOfDate: The other callers were counted with other sources.

    """
    recorded = record.read()
    found = sweep.many(range(sweep.SCHEDULES))
    through_proxy = asyncio.run(over_tcp.verdicts("neon_restore"))
    # pytest shows this output when the table differs: the counts alone do not say why.
    for how, verdicts in ((STEPPED, found), (TCP, through_proxy)):
        for verdict in verdicts:
            if verdict.wrong:
                print(f"{how}, seed {verdict.seed}: {verdict.wrong} ({verdict.words})")
    return page(ours(found, through_proxy), recorded)
