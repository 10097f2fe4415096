from datetime import timedelta

from neon_restore import Neon

with Neon() as neon:
    print(neon.delete_backups("production", older_than=timedelta(0)))
