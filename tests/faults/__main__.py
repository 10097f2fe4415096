"""Runs fault schedules and judges the outcomes; exits with 1 on a violation or an outdated table.

On the stepped clock only: `python -m tests.faults --schedules 2000 --seed 0`. The whole table of
the page, over TCP and with the other callers: `make faults`.
"""

import argparse
import asyncio
import logging
import sys

from tests.faults import over_tcp, simulation
from tests.faults.report import PAGE, details, ours, page, store, table, theirs


def parsed() -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--schedules", type=int, default=simulation.SCHEDULES, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="the first of the seeds")
    parser.add_argument("--only", type=int, help="run this seed alone and print each exchange")
    parser.add_argument("--page", action="store_true", help="the table of the page, compared")
    parser.add_argument("--write", action="store_true", help="with --page: write it instead")
    return parser.parse_args()


def main() -> int:
    """Run the requested schedules and return the exit status."""
    given = parsed()
    through_proxy = []
    right = True
    if given.only is not None:
        found = [simulation.one(given.only)]
    else:
        logging.getLogger("neon_restore").setLevel(logging.ERROR)
        first, times = (0, simulation.SCHEDULES) if given.page else (given.seed, given.schedules)
        found = simulation.many(range(first, first + times))
    if given.page:
        through_proxy = asyncio.run(over_tcp.verdicts("neon_restore"))
        others = theirs()
        text = page(ours(found, through_proxy), others)
        print(text)
        if given.write:
            store(others)
            PAGE.write_text(text, "utf-8")
        elif not PAGE.exists() or PAGE.read_text("utf-8") != text:
            print(f"{PAGE.name} holds another table. `make faults WRITE=1` writes this one.")
            right = False
    elif given.only is None:
        print(table(ours(found, through_proxy)[:1]))
    if given.only is None:
        print("\n".join(details(found)))
    for where, verdicts in (("", found), ("over TCP, ", through_proxy)):
        for each in verdicts:
            words = each.words.partition("\n")[0]
            for wrong in each.wrong:
                print(f"{where}seed {each.seed}: {wrong}: it said: {each.said}: {words}")
                right = False
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
