"""Prints how far official clients can tell the sandbox from Neon: `make clients`."""

import sys

from tests.sandbox.official_clients import answers, cli, drivers, sdk
from tests.sandbox.official_clients.measurement import disagreements, read_gaps, report

MEASURES = (sdk, cli, drivers, answers)


def main() -> int:
    """Print the table; return 1 if the file of gaps says otherwise."""
    gaps = read_gaps()
    results = [result for one in MEASURES for result in one.measure()]
    clients = [client for one in MEASURES for client in one.CLIENTS]
    print(*report(results, gaps), sep="\n")
    print(f"\nnot installed here: {', '.join(drivers.missing()) or 'nothing'}")
    others = list(disagreements(results, gaps, clients))
    if others:
        print("\nnot as gaps.toml says:", *others, sep="\n  ")
    return 1 if others else 0


if __name__ == "__main__":
    sys.exit(main())
