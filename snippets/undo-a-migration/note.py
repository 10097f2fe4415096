from pathlib import Path

import psycopg

from neon_restore import Neon

with Neon() as neon:
    shop = neon.connection_string("production", database="shop")

with psycopg.connect(str(shop)) as connection:
    [(lsn,)] = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchall()
Path("before-release.lsn").write_text(lsn)
