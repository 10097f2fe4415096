import psycopg

from neon_restore import Neon

with Neon() as neon:
    preview = neon.preview_snapshot("before-the-delete", "production", name="production_preview")
    print(preview)
    uri = neon.connection_string("production_preview", database="shop")
    with psycopg.connect(str(uri)) as connection:
        [(rows,)] = connection.execute("SELECT count(*) FROM orders").fetchall()
    print(f"\nshop.orders: {rows} rows")
