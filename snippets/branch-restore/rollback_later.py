from neon_restore import Neon

with Neon() as neon:
    for backup in neon.backups("production"):
        print(backup)
    undone = neon.rollback(backup.name)
    print("now holds:", undone.intent.source.name)
