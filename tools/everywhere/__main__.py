"""Runs checks under each condition: `python -m tools.everywhere [--only NAMES] [--complete]`."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.everywhere.conditions import CONDITIONS
from tools.everywhere.run import Runner, table

ROOT = Path(__file__).parent.parent.parent
LOGS = Path(".cache/everywhere")


def main() -> int:
    """Run the named conditions, or all; return 1 if one is red."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", metavar="NAMES", help="conditions, between commas")
    parser.add_argument(
        "--complete", action="store_true", help="a condition that cannot be set up is red as well"
    )
    chosen = parser.parse_args()
    names = [name.strip() for name in chosen.only.split(",") if name.strip()]
    known = [condition.name for condition in CONDITIONS]
    if unknown := [name for name in names if name not in known]:
        parser.error(f"there is no condition {unknown[0]!r}; there are: {', '.join(known)}")
    conditions = [one for one in CONDITIONS if not names or one.name in names]

    command = ["git", "log", "-1", "--format=%h %s"]
    commit = subprocess.check_output(command, cwd=ROOT, text=True).strip()
    print(f"HEAD is {commit}. What is not committed is not run.", flush=True)
    logs = ROOT / LOGS
    logs.mkdir(parents=True, exist_ok=True)
    rows = []
    with tempfile.TemporaryDirectory(prefix="neon-everywhere-") as scratch:
        # The account `nobody` has a checkout in it.
        Path(scratch).chmod(0o711)
        runner = Runner(ROOT, Path(scratch), logs, say=lambda line: print(line, flush=True))
        for number, condition in enumerate(conditions, 1):
            print(f"[{number}/{len(conditions)}] {condition.name}", flush=True)
            rows.append(runner.run(condition))
            print(f"  {rows[-1].result}", flush=True)
    print(f"\n{table(rows, LOGS)}", end="")
    left_out = any(row.result.startswith("not run") for row in rows)
    return int(any(row.is_red for row in rows) or (chosen.complete and left_out))


if __name__ == "__main__":
    sys.exit(main())
