from datetime import timedelta

from neon_restore import Neon

KEEP = timedelta(days=7)

with Neon() as neon:
    print(neon.delete_backups(older_than=KEEP))
