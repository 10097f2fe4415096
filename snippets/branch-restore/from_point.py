from neon_restore import Neon

POINT = "2026-11-20T14:32:00Z"

with Neon() as neon:
    backup = neon.backups("production")[0]
    plan = neon.plan_restore("production", source=backup.name, at=POINT)
    print(plan)
    print()
    print(neon.restore(plan))
