from datetime import timedelta

from neon_restore import Neon

with Neon() as neon:
    print(neon.plan_restore("production", at=timedelta(minutes=10)))
