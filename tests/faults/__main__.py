"""Runs fault schedules and judges the outcomes; exits with 1 on a violation or an outdated table.

On the stepped clock only: `python -m tests.faults --schedules 2000 --seed 0`. The whole table of
the page, over TCP and with the other callers: `make faults`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys

from tests.faults import over_tcp, record, sweep
from tests.faults.report import PAGE, ours, page, theirs
from tests.faults.table import details, table


def parsed() -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--schedules", type=int, default=sweep.SCHEDULES, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="the first of the seeds")
    parser.add_argument("--only", type=int, help="run this seed alone and print each exchange")
    parser.add_argument("--page", action="store_true", help="the table of the page, compared")
    parser.add_argument("--write", action="store_true", help="with --page: write it instead")
    return parser.parse_args()


def settled(text: str, *, write: bool) -> bool:
    """Write the page's table, or return whether it is up to date."""
    if write:
        PAGE.write_text(text, "utf-8")
    elif not PAGE.exists() or PAGE.read_text("utf-8") != text:
        print(f"{PAGE.name} holds another table. `make faults WRITE=1` writes this one.")
        return False
    return True


def main() -> int:
    """Run the requested schedules and return the exit status."""
    given = parsed()
    through_proxy = []
    right = True
    if given.only is not None:
        found = [sweep.one(given.only)]
    else:
        logging.getLogger("neon_restore").setLevel(logging.ERROR)
        first = 0 if given.page else given.seed
        times = sweep.SCHEDULES if given.page else given.schedules
        found = sweep.many(range(first, first + times))
    if given.page:
        through_proxy = asyncio.run(over_tcp.verdicts("neon_restore"))
        others = theirs()
        if given.write:
            record.write(others)
        text = page(ours(found, through_proxy), others)
        print(text)
        right = settled(text, write=given.write)
    elif given.only is None:
        print(table(ours(found, through_proxy)[:1]))
    if given.only is None:
        print("\n".join(details(found)))
    for where, verdicts in (("", found), ("over TCP, ", through_proxy)):
        for each in verdicts:
            for wrong in each.wrong:
                words = each.words.partition("\n")[0]
                print(f"{where}seed {each.seed}: {wrong}: it said: {each.said}: {words}")
    return 0 if right and not any(each.wrong for each in (*found, *through_proxy)) else 1


if __name__ == "__main__":
    sys.exit(main())
