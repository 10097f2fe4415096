"""Time Travel queries: the first to a point, and the next ones."""

import time
from collections.abc import Callable
from statistics import median

import psycopg

from bench.cli_restore import sandbox
from bench.measure import medians, report, seconds
from bench.remote_branch import Branch

TIMES = 9


def ask(uri: str, instant: str = "") -> int:
    """Connect and count the orders, now or at a timestamp."""
    past = f"&options=neon_timestamp%3A{instant}" if instant else ""
    with psycopg.connect(uri + past) as connection:
        row = connection.execute("SELECT count(*) FROM orders").fetchone()
    return int(row[0]) if row else -1


def expecting(rows: int, query: Callable[[], int]) -> float:
    """Return the seconds that a query takes, or raise if it finds other rows."""
    found = []
    taken = seconds(lambda: found.append(query()))
    if found != [rows]:
        raise RuntimeError(f"{found} orders in place of {rows}")
    return taken


def first(uri: str, branch: Branch) -> float:
    """Return the seconds of the first query to a point that has no ephemeral compute yet."""
    # A new point each time: queries to the same point share an ephemeral compute.
    branch.run("shop", "INSERT INTO customers SELECT max(id) + 1, 'Somebody' FROM customers")
    (lsn,) = branch.run("shop", "SELECT pg_current_wal_insert_lsn()::text")
    branch.run("shop", "INSERT INTO customers SELECT max(id) + 1, 'Somebody' FROM customers")
    time.sleep(0.3)
    past = f"{uri}&options=neon_lsn%3A{lsn}"
    return expecting(0, lambda: ask(past))


def main() -> None:
    """Print the median of first queries, and the ratio of next ones to queries of the present."""
    with sandbox() as (environment, _):
        branch = Branch(environment)
        uri = branch.uri("shop")
        taken = median(first(uri, branch) for _ in range(TIMES))
        report("time travel, first query", f"{taken:.2f} s", "at most 1 s")
        instant = "2026-11-20T14:30:30Z"
        ask(uri, instant)
        past, present = medians(
            5 * TIMES,
            lambda: expecting(750, lambda: ask(uri, instant)),
            lambda: expecting(0, lambda: ask(uri)),
        )
        metric = f"{past / present:.2f} ({past * 1000:.0f} ms over {present * 1000:.0f} ms)"
        report("time travel, next query over a plain one", metric, "at most 1.2")
