from datetime import timedelta

from neon_restore import Neon

LENGTH = timedelta(days=7)

with Neon() as neon:
    print("kept from now on:", neon.set_history_window(LENGTH).retention)
