from neon_restore import Neon
from neon_restore.rows import compare_rows

with Neon() as neon:
    plan = neon.plan_restore("production", at="2026-11-20T14:31:00Z", rows=compare_rows())
    for table in plan.rows:
        print(table)
