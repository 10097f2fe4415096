from neon_restore import Neon

POINT = "2026-11-20T14:31:00Z"

with Neon() as neon:
    past = neon.connection_string("production", at=POINT, database="shop")
    print("database:", past.database)
    print("role:", past.role)
    print("options:", past.options)
