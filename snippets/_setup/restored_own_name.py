from neon_restore import Neon

with Neon() as neon:
    neon.restore("production", at="2026-11-20T14:31:00Z", backup_name="before-the-fix")
