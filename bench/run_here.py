"""Cost of "Run it here": bytes and time of a first press, and the time of the next."""

from statistics import median
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from bench.measure import ROOT, report
from tools import chromium
from tools.docs import requirements
from tools.static_site_server import StaticSiteServer

TIMES = 3
PAGE = "guide/branch-restore/"
# The time from the press until the page shows the output, in milliseconds.
PRESS = """async (block) => {
  const button = block.querySelector(".run button"), began = performance.now()
  const printed = new Promise((resolve) => new MutationObserver(() => {
    if (block.querySelector(".run pre")) resolve(performance.now() - began)
  }).observe(block, { childList: true, subtree: true }))
  block.querySelector(".run pre")?.remove()
  button.click()
  return printed
}"""
# The transferred bytes, with headers, compressed.
CAME = "performance.getEntriesByType('resource').reduce((sum, e) => sum + e.transferSize, 0)"


def pressed(browser: Browser, host: StaticSiteServer) -> tuple[int, float, list[float]]:
    """Press every example of a page with an empty cache; return bytes and milliseconds."""
    with browser.new_context(base_url=host.url) as context:
        page = context.new_page()
        page.goto(PAGE)
        blocks = page.locator("[data-run]:has(.run)").all()
        before: int = page.evaluate(CAME)
        first: float = blocks[0].evaluate(PRESS)
        after: Any = page.evaluate(CAME)
        (worker,) = (w for w in page.workers if "run-worker" in w.url)
        came = after - before + worker.evaluate(CAME)
        return came, first, [block.evaluate(PRESS) for block in blocks]


def main() -> None:
    """Print the most bytes, and the median times of first and next presses."""
    if not requirements.browser():
        print("Run it here: left out, there is no browser here", flush=True)
        return
    with StaticSiteServer(ROOT / "site") as host, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        rounds = [pressed(browser, host) for _ in range(TIMES)]
        browser.close()
    came = max(bytes_ for bytes_, _, _ in rounds) / 1e6
    first = median(time for _, time, _ in rounds) / 1000
    after = [time for _, _, times in rounds for time in times]
    report("Run it here, first press", f"{came:.1f} MB compressed, {first:.1f} s", "at most 8 MB")
    metric = f"{median(after):.0f} ms (longest {max(after):.0f} ms)"
    report("Run it here, next press", metric, "under 100 ms")
