from neon_restore import Neon

with Neon() as neon:
    neon.restore(
        "production",
        at="2026-11-20T14:29:00Z",
        backup_name="production_old_2026-11-20T14:40:00.000000Z",
    )
