from neon_restore import Neon

BACKUP = "production_old_2026-11-20T14:40:00.000000Z"

with Neon() as neon:
    print(neon.rollback(BACKUP))
