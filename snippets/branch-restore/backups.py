from neon_restore import Neon

with Neon() as neon:
    for backup in neon.backups("production"):
        print(backup)
