from datetime import timedelta

from neon_restore import Neon

with Neon() as neon:
    print("production:", neon.history_window("production"))
    print("development:", neon.history_window("development"))
    print("set to:", neon.set_history_window(timedelta(days=7)).retention)
