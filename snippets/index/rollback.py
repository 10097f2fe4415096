from neon_restore import Neon

with Neon() as neon:
    newest = neon.backups("production")[-1]
    print(neon.rollback(newest.name))
