import psycopg

from neon_restore import Neon

with Neon() as neon:
    shop = neon.connection_string("production", database="shop")
    with psycopg.connect(str(shop)) as connection:
        connection.execute("ALTER TABLE customers DROP COLUMN name")
