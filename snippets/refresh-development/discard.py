from neon_restore import Neon

with Neon() as neon:
    refreshed = neon.restore("development", source="production", discard_previous_state=True)
    print(refreshed)
