from neon_restore import Neon

POINT = "2026-11-20T14:31:00Z"

with Neon() as neon:
    restored = neon.restore("production", at=POINT, backup_name="before-the-fix")
    neon.rollback("before-the-fix", branch="production")
    for backup in neon.backups():
        print(backup.name)
