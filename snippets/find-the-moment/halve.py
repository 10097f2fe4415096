from datetime import UTC, datetime, timedelta

import psycopg

from neon_restore import Neon

GOOD = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
BAD = datetime(2026, 11, 20, 14, 34, tzinfo=UTC)
IS_GOOD = "SELECT count(*) > 0 FROM orders"


def is_good(neon: Neon, time: datetime) -> bool:
    past = neon.connection_string("production", at=time, database="shop")
    with psycopg.connect(str(past)) as connection:
        [(answer,)] = connection.execute(IS_GOOD).fetchall()
    print(f"{time:%H:%M:%S}", "good" if answer else "bad")
    return bool(answer)


good, bad = GOOD, BAD
with Neon() as neon:
    if not is_good(neon, good) or is_good(neon, bad):
        raise SystemExit("GOOD has to be good, and BAD bad")
    while bad - good > timedelta(seconds=1):
        middle = good + timedelta(seconds=(bad - good).total_seconds() // 2)
        good, bad = (middle, bad) if is_good(neon, middle) else (good, middle)

print("restore to", good.isoformat())
