"""Test coverage of each package, from the data that `coverage` recorded: `make coverage`."""

import json
from collections import Counter
from pathlib import PurePath

from bench.measure import python, report

# The minimum coverage of lines and of branches.
LIMITS = {"neon_restore": ("100 %", "100 %"), "neon_sandbox": ("95 %", "90 %")}


def main() -> None:
    """Print the line and branch coverage of both packages."""
    files = json.loads(python("-m", "coverage", "json", "--quiet", "-o", "-"))["files"]
    for package, (lines, branches) in LIMITS.items():
        sums: Counter[str] = Counter()
        for name, file in files.items():
            if package in PurePath(name).parts:
                sums.update(file["summary"])
        for what, reached, there, limit in (
            ("lines", sums["covered_lines"], sums["num_statements"], lines),
            ("branches", sums["covered_branches"], sums["num_branches"], branches),
        ):
            metric = f"{reached / there:.1%} ({reached} of {there})"
            report(f"{package}: {what} that tests reach", metric, f"at least {limit}")


if __name__ == "__main__":
    main()
