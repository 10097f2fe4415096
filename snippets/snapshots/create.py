from neon_restore import Neon

with Neon() as neon:
    snapshot = neon.create_snapshot(
        "production",
        name="before-the-delete",
        at="2026-11-20T14:31:00Z",
        expires_at="2026-12-20T00:00:00Z",
    )
    print(snapshot)
