"""Time of `make quick` and of one block, when everything is set up."""

import subprocess

from bench.measure import ROOT, report, seconds


def quick() -> None:
    """Run `make quick`."""
    subprocess.run(["make", "quick"], cwd=ROOT, check=True, capture_output=True)


def block() -> None:
    """Run a block and rewrite its output."""
    command = ["make", "block", "BLOCK=index/restore.py", "WRITE=1"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def main() -> None:
    """Print the seconds of a second run."""
    for name, work, limit in (("quick", quick, 20), ("block, Python", block, 3)):
        work()
        report(f"make {name}, warm", f"{seconds(work):.1f} s", f"at most {limit} s on two cores")
