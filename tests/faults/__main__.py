"""Runs fault schedules and judges the outcomes; exits with 1 on a violation or an outdated table.

On the stepped clock: `python -m tests.faults --schedules 10000 --seed 0`, and over TCP as well with
`--tcp 2000`. The table of the page, with the other callers: `make faults`.
"""

import argparse
import logging
import sys
import time

from tests.faults import over_tcp, simulation
from tests.faults.report import PAGE, details, ours, page, store, table, theirs


def parsed() -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--schedules", type=int, default=simulation.SCHEDULES, help="how many")
    parser.add_argument("--tcp", type=int, default=0, help="how many over TCP")
    parser.add_argument("--seed", type=int, default=0, help="the first of the seeds")
    parser.add_argument("--only", type=int, help="run this seed alone and print each exchange")
    parser.add_argument("--page", action="store_true", help="the table of the page, compared")
    parser.add_argument("--write", action="store_true", help="with --page: write it instead")
    return parser.parse_args()


def main() -> int:
    """Run the requested schedules and return the exit status."""
    given = parsed()
    through_proxy = []
    right, began = True, time.monotonic()
    if given.only is not None:
        found = [simulation.one(given.only)]
    else:
        logging.getLogger("neon_restore").setLevel(logging.ERROR)
        first, times = (0, simulation.SCHEDULES) if given.page else (given.seed, given.schedules)
        found = simulation.many(range(first, first + times))
    if given.page:
        through_proxy = over_tcp.run("neon_restore")
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
        took = [f"{given.schedules} on the stepped clock in {time.monotonic() - began:.0f} s"]
        if given.tcp:
            began = time.monotonic()
            through_proxy = over_tcp.run("neon_restore", given.tcp)
            took.append(f"{given.tcp} over TCP in {time.monotonic() - began:.0f} s")
        print(table(ours(found, through_proxy)[: len(took)]))
        print(", ".join(took))
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
