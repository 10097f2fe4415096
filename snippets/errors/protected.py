from neon_restore import BranchProtected, Neon

with Neon() as neon:
    try:
        neon.plan_restore("production", at="2026-11-20T14:31:00Z")
    except BranchProtected as error:
        print(error)
