from neon_restore import CheckFailed, Neon
from neon_restore.checks import has_rows

POINT = "2026-11-20T14:32:00Z"

with Neon() as neon:
    try:
        neon.restore("production", at=POINT, verify={"shop": has_rows("orders")})
    except CheckFailed as error:
        print(error)
