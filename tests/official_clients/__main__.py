"""Prints how far official clients can tell the sandbox from Neon: `make clients`."""

import sys

from tests.official_clients import answers, cli, drivers, sdk
from tests.official_clients.measurement import disagreements, read_gaps, report

MEASURES = {"sdk": sdk, "cli": cli, "drivers": drivers, "answers": answers}


def main() -> int:
    """Measure all, or what is named; print the table; return 1 if the gaps say otherwise."""
    named = sys.argv[1:] or list(MEASURES)
    if unknown := ", ".join(name for name in named if name not in MEASURES):
        print(f"nothing was tried: {unknown} is none of {', '.join(MEASURES)}", file=sys.stderr)
        return 2
    measures = [MEASURES[name] for name in named]
    gaps = read_gaps()
    results = [result for one in measures for result in one.measure()]
    clients = [client for one in measures for client in one.CLIENTS]
    print(*report(results, gaps), sep="\n")
    print(f"\nnot installed here: {', '.join(drivers.missing()) or 'nothing'}")
    others = list(disagreements(results, gaps, clients))
    if others:
        print("\nnot as gaps.toml says:", *others, sep="\n  ")
    return 1 if others else 0


if __name__ == "__main__":
    sys.exit(main())
