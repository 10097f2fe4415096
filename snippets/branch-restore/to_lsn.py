from neon_restore import Neon

LSN = "0/1DE2850"

with Neon() as neon:
    print(neon.plan_restore("production", lsn=LSN))
