"""Time from the start of `neon-sandbox run` to the first query result in its command."""

import sys
import time
from statistics import median

from bench.measure import python, report

TIMES = 7
QUERY = """
import json, os, time, urllib.request
import psycopg
project = os.environ["NEON_API_HOST"] + "/projects/" + os.environ["NEON_PROJECT_ID"]
url = project + "/connection_uri?database_name=shop&role_name=shop_owner"
key = {"authorization": "Bearer " + os.environ["NEON_API_KEY"]}
with urllib.request.urlopen(urllib.request.Request(url, headers=key)) as answer:
    uri = json.load(answer)["uri"]
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
