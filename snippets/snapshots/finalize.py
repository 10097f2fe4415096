from neon_restore import Neon

with Neon() as neon:
    print(neon.finalize_restore("production_preview"))
