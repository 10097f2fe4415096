from datetime import timedelta

from neon_restore import Neon, ScheduleEntry

daily = ScheduleEntry(frequency="daily", hour=3, keep=timedelta(days=7))

with Neon() as neon:
    for entry in neon.set_snapshot_schedule("production", [daily]):
        print(entry)
