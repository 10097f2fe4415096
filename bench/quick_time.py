"""How long `make quick` takes when everything is set up."""

import subprocess

from bench.measure import ROOT, report, seconds


def quick() -> None:
    """Run it."""
    subprocess.run(["make", "quick"], cwd=ROOT, check=True, capture_output=True)


def main() -> None:
    """Print the seconds of a second run."""
    quick()
    report("make quick, warm", f"{seconds(quick):.0f} s", "at most 60 s on two cores")


if __name__ == "__main__":
    main()
