from datetime import timedelta

from neon_restore import Neon

with Neon() as neon:
    plan = neon.plan_restore("production", at=timedelta(minutes=10))
    print(plan)
    restored = neon.restore(plan)
    print(restored.backup.name if restored.backup else "no backup")
