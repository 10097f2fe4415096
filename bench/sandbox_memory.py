"""Memory of an idle sandbox with two branches; processes divide their shared pages (PSS)."""

import re
import time
from pathlib import Path

from bench.cli_restore import sandbox
from bench.measure import report

_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def descendants(pid: int) -> list[int]:
    """Return the ids of a process and of all its descendants."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return [pid] + [found for child in children for found in descendants(child)]


def memory(pid: int) -> float:
    """Return the megabytes of a process: private pages, and its part of the shared pages."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(size) for size in _PSS.findall(rollup)) / 1024


def main() -> None:
    """Print the sum over all processes of a sandbox."""
    with sandbox() as (_, process):
        time.sleep(5)
        pids = descendants(process)
        total = sum(memory(pid) for pid in pids)
    metric = f"{total:.0f} MB in {len(pids)} processes"
    report("memory of an idle sandbox, two branches", metric, "at most 250 MB")
