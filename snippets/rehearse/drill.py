from datetime import timedelta

import psycopg

from neon_restore import Neon

BRANCH, DATABASE = "production", "shop"
CHECK = "SELECT count(*) FROM orders"
BACK = timedelta(hours=1)
AT_MOST = timedelta(minutes=1)


def check(neon: Neon) -> int:
    uri = neon.connection_string(BRANCH, database=DATABASE)
    with psycopg.connect(str(uri)) as connection:
        [(rows,)] = connection.execute(CHECK).fetchall()
    return int(rows)


with Neon() as neon:
    before = check(neon)
    restored = neon.restore(BRANCH, at=BACK)
    try:
        print(restored)
        during = check(neon)
    finally:
        neon.rollback(restored)
    after = check(neon)

print(f"\n{CHECK}: {before} before, {during} restored, {after} rolled back")
if restored.duration > AT_MOST or not during or after != before:
    raise SystemExit("the drill failed")
print("the drill passed")
