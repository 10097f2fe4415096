from neon_restore import Neon
from neon_restore.checks import has_rows, query

POINT = "2026-11-20T14:31:00Z"
CHECKS = {
    "shop": [has_rows("orders"), has_rows("customers", at_least=40)],
    "analytics": [query("SELECT count(*) > 2000 FROM events")],
}

with Neon() as neon:
    print(neon.restore("production", at=POINT, verify=CHECKS))
