"""Helpers of the benchmarks: the root folder, timing, and the line that each prints."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent


def report(name: str, metric: str, limit: str) -> None:
    """Print one metric beside its limit."""
    print(f"{name:<44} {metric:<34} {limit}", flush=True)


def seconds(work: Callable[[], object]) -> float:
    """Return how long a call takes, in seconds of wall time."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def medians(times: int, *works: Callable[[], float]) -> list[float]:
    """Take the measurements in turn, so that load affects all alike, and return the medians."""
    rounds = [[work() for work in works] for _ in range(times)]
    return [median(column) for column in zip(*rounds, strict=True)]


def python(*arguments: str, cwd: Path = ROOT) -> str:
    """Run Python in a fresh process and return its output, or raise with it if it failed."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout
