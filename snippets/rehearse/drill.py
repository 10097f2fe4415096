from datetime import timedelta

import psycopg

from neon_restore import Neon

BRANCH, DATABASE, CHECK = "production", "shop", "SELECT count(*) FROM orders"
POINT = "2026-11-20T14:31:00Z"
AT_MOST = timedelta(minutes=1)


def check(neon: Neon) -> int:
    uri = neon.connection_string(BRANCH, database=DATABASE)
    with psycopg.connect(str(uri)) as connection:
        [(rows,)] = connection.execute(CHECK).fetchall()
    return int(rows)


with Neon() as neon:
    before = check(neon)
    restored = neon.restore(BRANCH, at=POINT)
    during = check(neon)
    undone = neon.rollback(restored)
    after = check(neon)

    print(restored)
    print()
    print(f"{CHECK}: {before} before, {during} restored, {after} rolled back")
    if restored.duration > AT_MOST or not during or after != before:
        raise SystemExit("the drill failed")
    print(f"the drill passed: restored in {restored.duration.total_seconds():.1f} s")
