from neon_restore import Neon

with Neon() as neon:
    for snapshot in neon.snapshots("production"):
        print(snapshot)
