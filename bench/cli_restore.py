"""Time of a completed restore by this client and by the Neon CLI, in fresh processes."""

import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bench.measure import ROOT, medians, report, seconds

TIMES = 9
OURS = """
import sys
from neon_restore import Neon
with Neon() as neon:
    neon.restore("production", at="2026-11-20T14:31:00Z", backup_name=sys.argv[1])
"""
# The Neon CLI exits when the restore has begun, so the script polls the operations.
THEIRS = """
set -eu
neon() { "$NEON" "$@" --project-id "$NEON_PROJECT_ID" --no-analytics; }
neon branches restore production ^self@2026-11-20T14:31:00Z --preserve-under-name "$1"
while neon operations list --output json | grep -Eq '"status": "(scheduling|running|cancelling)"'
do :; done
"""


@contextmanager
def sandbox() -> Iterator[tuple[dict[str, str], int]]:
    """Run a separate sandbox; yield the environment that points to it and its process id."""
    command = [sys.executable, "-m", "neon_sandbox", "--port", "0", "--quiet", "--print"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout
        lines = [process.stdout.readline().removeprefix("export ").strip() for _ in range(3)]
        yield dict(line.split("=", 1) for line in lines), process.pid
    finally:
        process.terminate()
        process.communicate()


def run(command: list[str], environment: Mapping[str, str]) -> float:
    """Return the seconds that a command takes, or raise if it fails."""
    return seconds(
        lambda: subprocess.run(command, env=environment, check=True, capture_output=True)
    )


def main() -> None:
    """Print the ratio of the medians."""
    names = (f"before-{number}" for number in itertools.count())
    with sandbox() as (variables, _), tempfile.TemporaryDirectory() as home:
        environment = {"PATH": os.environ["PATH"], "HOME": home, "CI": "1", **variables}
        environment["NEON"] = str(ROOT / "node_modules" / ".bin" / "neon")
        ours, theirs = medians(
            TIMES,
            lambda: run([sys.executable, "-c", OURS, next(names)], environment),
            lambda: run(["sh", "-c", THEIRS, "sh", next(names)], environment),
        )
    metric = f"{ours / theirs:.2f} ({ours:.2f} s over {theirs:.2f} s)"
    report("restore by this client over the official one", metric, "at most 0.35")
