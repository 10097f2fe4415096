from neon_restore import Neon

with Neon() as neon:
    print(neon.resume("production"))
