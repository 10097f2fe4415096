"""Time from a restore request to the first query that sees the old rows, on ever more rows."""

from statistics import median

from bench.cli_restore import sandbox
from bench.measure import report
from bench.remote_branch import Branch

TIMES = 9
ORDERS, EVENTS = 750, 2500
GROW_ORDERS = """
INSERT INTO orders (id, customer_id, cents)
SELECT n, n % 40 + 1, 500 + n * 37 % 9500 FROM generate_series(1, {0}) AS n
"""
GROW_EVENTS = """
INSERT INTO events (id, page)
SELECT n, '/products/' || n % 25 + 1 FROM generate_series({0}, {1}) AS n
"""


def grow(branch: Branch, times: int) -> str:
    """Multiply a branch's rows, delete its orders, and return the LSN before the deletion."""
    branch.run("shop", GROW_ORDERS.format(ORDERS * times))
    branch.run("analytics", GROW_EVENTS.format(EVENTS + 1, EVENTS * times))
    (lsn,) = branch.run("shop", "SELECT pg_current_wal_insert_lsn()::text")
    branch.run("shop", "DELETE FROM orders")
    return str(lsn)


def main() -> None:
    """Print the median for each number of rows."""
    for times in (1, 10, 100):
        with sandbox() as (environment, _):
            branch = Branch(environment)
            lsn = grow(branch, times)
            rows = ORDERS * times
            taken = median(branch.restore(rows, source_lsn=lsn) for _ in range(TIMES))
        limit = "at most 1 s" if times == 1 else "the log since the start is replayed"
        report(f"restore to first query, {rows} orders", f"{taken:.2f} s", limit)
