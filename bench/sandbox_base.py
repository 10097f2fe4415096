"""CPU time of an incident on a shared base backup, over one that creates a base backup."""

import resource
from pathlib import Path

from bench.measure import medians, report
from neon_sandbox import SteppedClock, incident
from neon_sandbox.scenario import instant
from neon_sandbox.storage.postgres import BaseBackup, PostgresStorage, shared_base_backup
from tools.scratch import scratch

TIMES = 5


def processor_time() -> float:
    """Return the CPU seconds of this process and of the children that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def open_incident(folder: Path, base: BaseBackup | None) -> float:
    """Return the CPU seconds of an incident, from its start to its removal."""
    began = processor_time()
    clock = SteppedClock(instant("14:40:00"))
    with PostgresStorage(
        folder / "data", clock=clock, threads=False, first_port=0, base=base
    ) as storage:
        incident(clock, storage)
    return processor_time() - began


def main() -> None:
    """Print the ratio of the two medians."""
    with scratch() as folder, shared_base_backup(folder / "base") as base:
        open_incident(folder, base)
        shared, own = medians(
            TIMES, lambda: open_incident(folder, base), lambda: open_incident(folder, None)
        )
    metric = f"{shared / own:.2f} ({shared:.2f} s over {own:.2f} s of CPU)"
    report("incident on a shared base over its own", metric, "at most 0.7")
