from neon_restore import Neon

BACKUP = "before-the-fix"

with Neon() as neon:
    print(neon.plan_rollback(BACKUP, branch="production"))
