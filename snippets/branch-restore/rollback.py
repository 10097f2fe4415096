from neon_restore import Neon

POINT = "2026-11-20T14:31:00Z"

with Neon() as neon:
    restored = neon.restore("production", at=POINT)
    plan = neon.plan_rollback(restored)
    print(plan)
    print()
    print(neon.restore(plan))
