from neon_restore import Neon

POINT = "2026-11-20T14:31:00Z"
BACKUP = "production_old_2026-11-20T14:40:00.000000Z"

with Neon() as neon:
    print(neon.restore("production", source=BACKUP, at=POINT))
