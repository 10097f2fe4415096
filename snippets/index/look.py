import psycopg

from neon_restore import Neon

POINT = "2026-11-20T14:31:00Z"

with Neon() as neon:
    past = neon.connection_string("production", at=POINT, database="shop")
    with psycopg.connect(str(past)) as connection:
        [(rows,)] = connection.execute("SELECT count(*) FROM orders").fetchall()
    print(f"at {POINT}: {rows} orders")
