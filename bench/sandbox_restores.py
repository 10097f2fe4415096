"""Twenty restores in a row, each checked by the rows of both databases."""

import time

from bench.cli_restore import sandbox
from bench.measure import report
from bench.remote_branch import Branch

# The rows at each timestamp: orders, and events of the other database.
POINTS = {
    "2026-11-20T14:31:00Z": (750, 2400),
    "2026-11-20T09:40:00Z": (400, 0),
    "2026-11-20T12:30:00Z": (700, 1000),
    "2026-11-20T13:30:00Z": (700, 2400),
}
RESTORES = 20


def main() -> None:
    """Print how many restores brought back the right rows."""
    right = 0
    with sandbox() as environment:
        branch = Branch(environment)
        branch.restore(750, source_timestamp="2026-11-20T14:31:00Z")
        source = branch.newest()
        began = time.perf_counter()
        for number in range(RESTORES):
            instant, (orders, events) = list(POINTS.items())[number % len(POINTS)]
            branch.restore(orders, source, source_timestamp=instant)
            right += branch.run("analytics", "SELECT count(*) FROM events") == (events,)
        taken = time.perf_counter() - began
    report("restores in a row", f"{right} of {RESTORES} right, {taken:.1f} s", "all right")


if __name__ == "__main__":
    main()
