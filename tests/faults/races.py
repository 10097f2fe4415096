"""Races of two restores of one branch, each from its own client: `python -m tests.faults.races`.

Both clients talk to one served sandbox on the real clock. The second begins up to 300 ms after the
first, while the first one's operations take a second. In no race may both return normally.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple
from unittest.mock import patch

from neon_restore import Neon, NeonRestoreError, OverwroteAnother
from neon_restore._restore import submit
from neon_sandbox import ShiftedClock
from neon_sandbox.scenario import API_KEY, PROJECT_ID, instant
from neon_sandbox.server.http import HttpServer
from tests.client.harness import BEFORE_DELETE
from tests.faults.evidence import Executed
from tests.faults.harness import Harness
from tests.faults.schedule import EARLIER, RESTORE_CASES

RACES = 200
AT_ONCE = 4
MAX_OFFSET = 0.3
DELIVERY_WINDOW = 1.0
"""Seconds, instead of the client's 30."""
OPERATION_DURATIONS = {
    "create_branch": timedelta(seconds=0.3),
    "start_compute": timedelta(seconds=0.7),
}
RESTORED = "restored"


class Race(NamedTuple):
    """What the two calls ended with, and what is wrong with that."""

    offset: float
    ends: tuple[str, ...]
    wrong: tuple[str, ...]


def race(offset: float) -> Race:
    """Restore production to two points at once, and compare what the calls said with the model."""
    harness = Harness(
        RESTORE_CASES[0],
        clock=ShiftedClock(instant("14:40:00")),
        operation_durations=OPERATION_DURATIONS,
    )
    with HttpServer(harness.sandbox, key=API_KEY) as door, ThreadPoolExecutor(2) as threads:
        host = door.environment["NEON_API_HOST"]
        first = threads.submit(_call, host, BEFORE_DELETE)
        time.sleep(offset)
        second = threads.submit(_call, host, EARLIER)
        ends = (first.result(), second.result())
    harness.run_until_idle()
    return Race(
        offset, tuple(end for end, _ in ends), tuple(_wrong(harness.storage.executed, ends))
    )


def _call(host: str, at: str) -> tuple[str, str]:
    """Restore, and return what the call ended with, and what it said was changed."""
    with Neon(API_KEY, project_id=PROJECT_ID, api_host=host, timeout=30) as neon:
        try:
            neon.restore("production", at=at)
        except NeonRestoreError as error:
            return type(error).__name__, error.changed
        return RESTORED, ""


def _wrong(executed: list[Executed], ends: tuple[tuple[str, str], ...]) -> Iterator[str]:
    accepted = [change for end, change in ends if not change.startswith("nothing")]
    if len(accepted) != len(executed):
        yield f"{len(accepted)} calls say that they were carried out, and {len(executed)} were"
    said = [end for end, _ in ends]
    if said.count(RESTORED) == 2:
        yield "both returned normally"
    if said.count(RESTORED) == 0 and OverwroteAnother.__name__ not in said:
        yield "neither restored"


@contextmanager
def short_window() -> Iterator[None]:
    """Let the client look for a lost restore for a short time."""
    with patch.object(submit, "DELIVERY_WINDOW", DELIVERY_WINDOW):
        yield


def races(number: int, at_once: int = AT_ONCE) -> list[Race]:
    """Run races with offsets that are spread evenly, some at a time."""
    offsets = [MAX_OFFSET * step / max(number - 1, 1) for step in range(number)]
    with short_window(), ThreadPoolExecutor(at_once) as threads:
        return list(threads.map(race, offsets))


def main() -> int:
    """Run the races, print how they ended, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.races", description=__doc__)
    parser.add_argument("--races", type=int, default=RACES, help="how many")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="how many at a time")
    given = parser.parse_args()
    began = time.monotonic()
    found = races(given.races, given.at_once)
    for ends, times in Counter(one.ends for one in found).most_common():
        print(f"{times:>5}  {', '.join(ends)}")
    for one in found:
        for wrong in one.wrong:
            print(f"{one.offset * 1000:.0f} ms apart: {wrong}: {', '.join(one.ends)}")
    print(f"{len(found)} races in {time.monotonic() - began:.0f} s")
    return any(one.wrong for one in found)


if __name__ == "__main__":
    sys.exit(main())
