from neon_restore import Neon

POINT = "2026-11-20T14:31:00Z"

with Neon() as neon:
    restored = neon.restore("production", at=POINT, unprotect=True)
    print(restored)
    print("Protected again:", restored.destination.protected)
