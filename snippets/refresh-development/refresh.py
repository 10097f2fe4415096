from neon_restore import Neon

with Neon() as neon:
    plan = neon.plan_restore("development", source="production")
    print(plan)
    print()
    print(neon.restore(plan))
