"""The table on the page. What this client does is counted anew each time, over TCP too.

What others do takes a minute more and does not depend on this client: it is counted by
`make faults` and recorded beside a digest of the sources that decide it.
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

    What it cannot tell by the real clock depends on the machine as well, and is left out.
    """
    return [
        Column("client", STEPPED, counts(found, ours=True) | unknown(found)),
        Column("client", TCP, counts(over_tcp, ours=True)),
    ]


def theirs() -> list[Column]:
    """Run the others, and return their columns."""
    columns = [Column("retry loop", STEPPED, counts(sweep.rival(), ours=False))]
    for contender in over_tcp.RIVALS:
        found = asyncio.run(over_tcp.verdicts(contender))
        columns.append(Column(contender, TCP, counts(found, ours=False)))
    return columns


def page(ours: Sequence[Column], theirs: Sequence[Column]) -> str:
    """Return the table, on each clock this client first."""
    order = [STEPPED, TCP]
    return table(sorted([*ours, *theirs], key=lambda column: order.index(column.how)))


def compared() -> str:
    """Return what the page has to show now, for the seeds of the page.

    Raises:
        OutOfDate: What others do was counted with other sources.

    """
    recorded = record.read()
    found = sweep.many(range(sweep.SCHEDULES))
    through_proxy = asyncio.run(over_tcp.verdicts("neon_restore"))
    # pytest shows this where the table differs: the counts alone do not say why.
    for how, verdicts in ((STEPPED, found), (TCP, through_proxy)):
        for verdict in verdicts:
            if verdict.wrong:
                print(f"{how}, seed {verdict.seed}: {verdict.wrong} ({verdict.words})")
    return page(ours(found, through_proxy), recorded)
