from pathlib import Path

from neon_restore import Neon

LSN = Path("before-release.lsn").read_text().strip()

with Neon() as neon:
    restored = neon.restore("production", lsn=LSN)
    print(restored.destination.name, "is back where it was")
