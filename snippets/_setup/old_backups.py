from datetime import timedelta

from neon_restore import Neon, _clock

with Neon() as neon:
    neon.restore("production", at="2026-11-20T14:31:00Z")
    neon.restore("production", at="2026-11-20T14:30:30Z")
    # In memory this moves the sandbox's clock.
    _clock.sleep(timedelta(days=8).total_seconds())
    neon.restore("production", at=timedelta(minutes=1))
