"""Delay of `wait` after the end of the last operation, on the stepped clock."""

from statistics import mean
from unittest.mock import patch

from bench.harness import Harness
from bench.measure import report
from neon_sandbox.model import rules

SHORTEST, LONGEST, STEPS = 0.2, 20.0, 200


def overhead(work: float) -> tuple[float, int]:
    """Return the delay of a wait as a share of `work` seconds of operations, and its polls."""
    total = sum(
        rules.OPERATION_DURATIONS[action].total_seconds() for action, _ in rules.RESTORE_OPERATIONS
    )
    pace = work / total
    paced = {action: pace * took for action, took in rules.OPERATION_DURATIONS.items()}
    harness = Harness()
    with patch.dict(rules.OPERATION_DURATIONS, paced), harness.client() as neon:
        pending = neon.begin_restore("production", at="2026-11-20T14:31:00Z")
        end = harness.sandbox.model.idle_at()
        assert end, "the restore was over before it was waited for"
        neon.wait(pending)
    late = (harness.clock.now() - end).total_seconds() / work
    return late, harness.requests()["poll"]


def main() -> None:
    """Print the mean delay and the most polls, over lengths evenly spaced on a log scale."""
    lengths = [SHORTEST * (LONGEST / SHORTEST) ** (step / STEPS) for step in range(STEPS + 1)]
    found = [overhead(length) for length in lengths]
    metric = f"{mean(share for share, _ in found):.1%}, {max(polls for _, polls in found)} polls"
    report("return of restore after 0.2 to 20 s of work", metric, "mean at most 15 %")


if __name__ == "__main__":
    main()
