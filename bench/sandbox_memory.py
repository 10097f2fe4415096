"""Memory of an idle sandbox with two branches; processes divide their shared pages (PSS)."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from bench.measure import report

_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def descendants(pid: int) -> list[int]:
    """Return the ids of a process and of all its descendants."""
    children = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        children += [int(child) for child in (task / "children").read_text().split()]
    return [pid] + [found for child in children for found in descendants(child)]


def memory(pid: int) -> float:
    """Return the megabytes of a process: private pages, and its part of the shared pages."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(size) for size in _PSS.findall(rollup)) / 1024


def main() -> None:
    """Print the sum over all processes of a sandbox."""
    command = [sys.executable, "-m", "neon_sandbox", "--port", "0", "--quiet", "--print"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ
    )
    try:
        if process.stdout is None:
            raise RuntimeError("there is nothing to read from the sandbox")
        process.stdout.readline()
        time.sleep(5)
        pids = descendants(process.pid)
        total = sum(memory(pid) for pid in pids)
    finally:
        process.terminate()
        process.communicate()
    metric = f"{total:.0f} MB in {len(pids)} processes"
    report("memory of an idle sandbox, two branches", metric, "at most 250 MB")


if __name__ == "__main__":
    main()
