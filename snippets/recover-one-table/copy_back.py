import psycopg

from neon_restore import Neon

POINT = "2026-11-20T14:31:00Z"

with Neon() as neon:
    past = neon.connection_string("production", at=POINT, database="shop")
    present = neon.connection_string("production", database="shop")

with psycopg.connect(str(past)) as old, psycopg.connect(str(present)) as new:
    new.execute("CREATE TEMP TABLE old_orders (LIKE orders)")
    with (
        old.cursor().copy("COPY orders TO STDOUT") as rows,
        new.cursor().copy("COPY old_orders FROM STDIN") as table,
    ):
        for row in rows:
            table.write(row)
    # Orders that were placed since then keep their rows.
    copied = new.execute("INSERT INTO orders SELECT * FROM old_orders ON CONFLICT DO NOTHING")
    print(copied.rowcount, "orders are back")
