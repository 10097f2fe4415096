import psycopg

from neon_restore import Neon

with Neon() as neon:
    shop = str(neon.connection_string("production", database="shop"))

    with psycopg.connect(shop) as connection:
        [(before,)] = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchall()
        connection.execute("ALTER TABLE customers DROP COLUMN name")

    # The release turns out to be wrong.
    restored = neon.restore("production", lsn=before)

    with psycopg.connect(shop) as connection:
        [(name,)] = connection.execute("SELECT name FROM customers WHERE id = 1").fetchall()
    print(restored.destination.name, "has the column again:", name)
