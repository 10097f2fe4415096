from neon_restore import Neon

with Neon() as neon:
    print(neon.plan_restore("development", source="production"))
