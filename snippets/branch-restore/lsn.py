from neon_restore import Neon

POINT = "2026-11-20T14:31:00Z"

with Neon() as neon:
    rehearsal = neon.restore("production", at=POINT)
    neon.rollback(rehearsal)
    again = neon.restore("production", lsn=rehearsal.resolved_lsn)
    print("same commit:", again.resolved_lsn == rehearsal.resolved_lsn)
