"""Time from the start of `neon-sandbox run` to the first query result in its command."""

import sys
import time
from statistics import median

from bench.measure import python, report

TIMES = 7
QUERY = """
import os, time
import psycopg
port = int(os.environ["NEON_API_HOST"].split(":")[2].split("/")[0]) + 1
uri = f"postgresql://shop_owner:sandbox-password@127.0.0.1:{port}/shop?sslmode=require"
with psycopg.connect(uri) as connection:
    connection.execute("SELECT count(*) FROM customers").fetchone()
print(time.time())
"""


def start(port: int) -> float:
    """Return the seconds from the start to the query result."""
    began = time.time()
    command = ["run", "--port", str(port), "--", sys.executable, "-c", QUERY]
    return float(python("-m", "neon_sandbox", *command)) - began


def main() -> None:
    """Print the median."""
    # Not the default port, where another sandbox may be running.
    taken = median(start(24310) for _ in range(TIMES))
    report("cold start of neon-sandbox to first query", f"{taken:.2f} s", "at most 4 s")


if __name__ == "__main__":
    main()
