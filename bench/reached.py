"""How much of each package the tests reach, from what `coverage` noted: `make coverage`."""

import json
from collections import Counter
from pathlib import PurePath

from bench.measure import python, report

PACKAGES = ("neon_restore", "neon_sandbox")
LIMIT = "95 % or more"


def main() -> None:
    """Print lines and branches of both packages, and the files with the most lines missed."""
    files = json.loads(python("-m", "coverage", "json", "--quiet", "-o", "-"))["files"]
    for package in PACKAGES:
        sums: Counter[str] = Counter()
        for name, file in files.items():
            if package in PurePath(name).parts:
                sums.update(file["summary"])
        for what, reached, there in (
            ("lines", sums["covered_lines"], sums["num_statements"]),
            ("branches", sums["covered_branches"], sums["num_branches"]),
        ):
            figure = f"{reached / there:.1%} ({reached} of {there})"
            report(f"{package}: {what} that tests reach", figure, LIMIT)


if __name__ == "__main__":
    main()
