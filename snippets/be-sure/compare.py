from neon_restore import Neon

POINT = "2026-11-20T14:31:00Z"

with Neon() as neon:
    difference = neon.schema_diff("production", at=POINT, database="shop")

for line in difference.splitlines():
    if line.startswith(("- ", "+ ")):
        print(line)
