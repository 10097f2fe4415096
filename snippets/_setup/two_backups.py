from neon_restore import Neon

with Neon() as neon:
    neon.restore(
        "production",
        at="2026-11-20T14:31:00Z",
        backup_name="production_old_2026-11-01T09:00:00.000000Z",
    )
    neon.restore(
        "production",
        at="2026-11-20T14:30:30Z",
        backup_name="production_old_2026-11-08T09:00:00.000000Z",
    )
