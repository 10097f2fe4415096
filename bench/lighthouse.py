"""Lighthouse scores of one page of each type, on a phone: the median of three runs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from bench.measure import ROOT, report
from tools.chromium import FLAGS
from tools.docs import requirements
from tools.docs.addresses import TYPES
from tools.static_site_server import StaticSiteServer

TIMES = 3
TIMED = ("largest-contentful-paint", "cumulative-layout-shift", "total-blocking-time")
UNTIMED = ("accessibility", "best-practices", "seo")
# The minimum scores: in each category for the first page, and in performance for the others.
FIRST, LIMIT = 100, 98


def judged(addresses: Iterable[str], categories: Iterable[str], times: int) -> Iterator[list[Any]]:
    """Yield the reports of all runs for each page of site/, compressed as static hosts do."""
    base = urlsplit(os.environ.get("SITE_URL") or "/").path.rstrip("/") + "/"
    with StaticSiteServer(ROOT / "site", base) as host:
        urls = [f"{host.url}{address}" for address in addresses]
        command = ["node", str(Path(__file__).with_suffix(".mjs")), str(requirements.browser())]
        done = subprocess.run(
            [*command, json.dumps(FLAGS), ",".join(categories), str(times), *urls],
            cwd=ROOT, env=os.environ | {"PATH": requirements.PATH}, stdout=subprocess.PIPE,
            check=True,
        )  # fmt: skip
    yield from json.loads(done.stdout)


def score(run: Any, category: str) -> float:
    """Return the score of a run in a category, out of 100."""
    return float(run["categories"][category]["score"] * 100)


def held_against(run: Any) -> list[str]:
    """Return the audits that cost a page points in the categories without timing."""
    audits = run["audits"]
    weighed = {
        audit["id"]
        for category in UNTIMED
        for audit in run["categories"][category]["auditRefs"]
        if audit["weight"] and audits[audit["id"]]["score"] not in {1, None}
    }
    return [f"{audits[name]['title']}: {audits[name].get('details')}" for name in sorted(weighed)]


def main() -> None:
    """Print three lines per type of page; fail on layout shift or an untimed score under 100."""
    if reason := requirements.lacks("browser"):
        sys.exit(reason)
    kinds = {kind: address for kind, address in TYPES.items() if kind != "not found"}
    costs = []
    runs = judged(kinds.values(), ["performance", *UNTIMED], TIMES)
    for kind, found in zip(kinds, runs, strict=True):
        untimed = "/".join(f"{min(score(run, name) for run in found):.0f}" for name in UNTIMED)
        speed = median(score(run, "performance") for run in found)
        paint, shift, blocked = (
            median(run["audits"][name]["numericValue"] for run in found) for name in TIMED
        )
        limit = FIRST if kind == next(iter(kinds)) else LIMIT
        metric = f"{speed:.0f}, {untimed}"
        report(f"Lighthouse, {kind}", metric, f"at least {limit}, 100/100/100")
        report(f"  layout shift, {kind}", f"{shift:.2f}", "0.00")
        print(f"  LCP {paint / 1000:.1f} s, TBT {blocked:.0f} ms", flush=True)
        costs += [f"{kind}: shifts by {shift:.3f}"] if round(shift, 2) else []
        costs += [f"{kind}: {cost}" for run in found for cost in held_against(run)]
    if costs:
        sys.exit("\n".join(dict.fromkeys(costs)))


if __name__ == "__main__":
    main()
