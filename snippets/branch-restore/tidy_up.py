from datetime import timedelta

from neon_restore import Neon

POINT = "2026-11-20T14:31:00Z"

with Neon() as neon:
    neon.rollback(neon.restore("production", at=POINT))
    print(neon.delete_backups("production", older_than=timedelta(0)))
