from neon_restore import Neon

with Neon() as neon:
    print("deleted:", neon.delete_snapshot("before-the-delete"))
