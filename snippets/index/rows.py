import psycopg

from neon_restore import Neon

with Neon() as neon:
    for database, table in [("shop", "orders"), ("analytics", "events")]:
        uri = neon.connection_string("production", database=database)
        with psycopg.connect(str(uri)) as connection:
            [(rows,)] = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
        print(f"{database}.{table}: {rows} rows")
