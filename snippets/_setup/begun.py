from neon_restore import Neon

with Neon() as neon:
    neon.begin_restore("production", at="2026-11-20T14:31:00Z")
