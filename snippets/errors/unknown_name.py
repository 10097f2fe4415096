from neon_restore import Neon, UnknownName

with Neon() as neon:
    try:
        neon.plan_restore("prodution", at="2026-11-20T14:31:00Z")
    except UnknownName as error:
        print(error)
