from neon_restore import Neon
from neon_restore.terminal import progress_line

POINT = "2026-11-20T14:31:00Z"

with progress_line() as progress, Neon(progress=progress) as neon:
    restored = neon.restore("production", at=POINT)

print(restored)
