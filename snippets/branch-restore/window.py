from neon_restore import Neon

with Neon() as neon:
    print("production:", neon.history_window("production"))
    print("development:", neon.history_window("development"))
