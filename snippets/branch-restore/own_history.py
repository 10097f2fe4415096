from neon_restore import Neon

POINT = "2026-11-20T14:31:00Z"

with Neon() as neon:
    plan = neon.plan_restore("production", at=POINT)
    print(plan)
    print()
    print(neon.restore(plan))
