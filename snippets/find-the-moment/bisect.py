from datetime import UTC, datetime, timedelta

import psycopg

from neon_restore import Neon

GOOD = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
BAD = datetime(2026, 11, 20, 14, 34, tzinfo=UTC)
IS_GOOD = "SELECT count(*) > 0 FROM orders"

good, bad = GOOD, BAD
with Neon() as neon:
    while bad - good > timedelta(seconds=1):
        middle = good + timedelta(seconds=(bad - good).total_seconds() // 2)
        past = neon.connection_string("production", at=middle, database="shop")
        with psycopg.connect(str(past)) as connection:
            [(is_good,)] = connection.execute(IS_GOOD).fetchall()
        print(f"{middle:%H:%M:%S}", "good" if is_good else "bad")
        good, bad = (middle, bad) if is_good else (good, middle)

print("restore to", good.isoformat())
