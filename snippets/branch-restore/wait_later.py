from neon_restore import Neon

POINT = "2026-11-20T14:31:00Z"

with Neon() as neon:
    pending = neon.begin_restore("production", at=POINT)
    print(pending)
    print()
    print(neon.wait(pending))
