from neon_restore import Neon

with Neon() as neon:
    newest = neon.backups("production")[-1]
    plan = neon.plan_rollback(newest.name)
    print(plan)
    print()
    print(neon.restore(plan))
