from neon_restore import Neon, NotAuthorized

with Neon(api_key="not-a-key") as neon:
    try:
        neon.plan_restore("production", at="2026-11-20T14:31:00Z")
    except NotAuthorized as error:
        print(error)
