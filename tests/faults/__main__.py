"""Runs schedules of faults and judges what came of them.

Alone, the stepped clock: `python -m tests.faults --schedules 2000 --seed 0`. With `--tcp`, the
whole table: that, the retry loop beside it, and all callers over TCP.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from typing import TYPE_CHECKING

from tests.faults import real, record, stepped
from tests.faults.table import counts, details, table

if TYPE_CHECKING:
    from tests.faults.judge import Verdict
    from tests.faults.table import Counts


def whole(found: list[Verdict], *, write: bool) -> tuple[str, list[Verdict]]:
    """Run over TCP too; return the table and the verdicts on this project's client there."""
    columns: dict[str, Counts] = {}
    ours: list[Verdict] = []
    for contender, times in real.TIMES.items():
        verdicts = asyncio.run(real.verdicts(contender, range(times)))
        if contender == "neon_restore":
            ours = verdicts
        columns[contender] = counts(verdicts, ours=contender == "neon_restore")
    if write:
        record.write(columns)
    return table([*stepped.columns(found), *real.columns(columns)]), ours


def parsed() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--schedules", type=int, default=stepped.SCHEDULES, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="the first of the seeds")
    parser.add_argument("--only", type=int, help="run this seed alone and print each exchange")
    parser.add_argument("--tcp", action="store_true", help="run over TCP too, and beside others")
    parser.add_argument("--write", action="store_true", help="with --tcp: write the page's table")
    return parser.parse_args()


def main() -> int:
    """Run what was asked for; 1 if anything was wrong."""
    given = parsed()
    if given.only is None:
        logging.getLogger("neon_restore").setLevel(logging.ERROR)
    if given.only is not None:
        found = [stepped.one(given.only)]
    else:
        found = stepped.many(range(given.seed, given.seed + given.schedules))
        print("\n".join(details(found)))
    over_tcp: list[Verdict] = []
    if given.tcp:
        text, over_tcp = whole(found, write=given.write)
        print(text, end="")
        page = stepped.PAGE
        if given.write:
            page.write_text(text, "utf-8")
        elif text != page.read_text("utf-8"):
            print(f"{page} holds another table. `make faults WRITE=1` writes this one.")
            return 1
    for where, verdicts in (("", found), ("over TCP, ", over_tcp)):
        for each in verdicts:
            for wrong in each.wrong:
                print(f"{where}seed {each.seed}: {wrong}: it said: {each.said}: {each.words}")
    return 1 if any(each.wrong for each in (*found, *over_tcp)) else 0


if __name__ == "__main__":
    sys.exit(main())
