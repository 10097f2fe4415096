from neon_restore import Neon, NeonRestoreError

with Neon() as neon:
    try:
        neon.restore("production", at="2026-11-18T09:00:00Z")
    except NeonRestoreError as error:
        print(error)
