from neon_restore import Neon

with Neon() as neon:
    print(neon.restore_snapshot("before-the-delete", "production"))
