from neon_restore import Neon

POINT = "2026-11-20T14:31:00Z"

with Neon() as neon:
    print(neon.plan_restore("production", at=POINT))
