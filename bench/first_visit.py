"""Transferred bytes of a first visit, also over bare Material with the same text."""

import os
import tempfile
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Browser, sync_playwright

from bench.measure import python, report
from bench.site_time import bare_settings
from tools import chromium
from tools.docs.addresses import TYPES
from tools.docs.tree import DocsTree
from tools.static_site_server import StaticSiteServer

LIMIT = 1.1
HEAVIEST = 190
"""Limit in kilobytes of a page with all that it loads, compressed as static hosts do."""
FONTS = "**/*.woff2"


def settings_of_bare(site: Path) -> dict[str, Any]:
    """Return settings of bare Material for the same text and pictures."""
    settings = bare_settings(site)
    # Its fonts would come from another host, which the benchmark does not contact: the two sites
    # are compared without fonts.
    settings["theme"]["font"] = False
    settings["plugins"] = [
        "search",
        *(p for p in DocsTree().settings["plugins"] if "mkdocstrings" in p),
    ]
    for extension in settings["markdown_extensions"]:
        if "pymdownx.snippets" in extension:
            extension["pymdownx.snippets"] |= {"base_path": ["snippets", "docs"]}
    return settings


def transferred(browser: Browser, url: str, *without: str) -> float:
    """Return the kilobytes of a visit with an empty cache, until the network is idle."""
    with browser.new_context() as context:
        page = context.new_page()
        sizes: list[float] = []
        session = context.new_cdp_session(page)
        session.on(
            "Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"])
        )
        session.send("Network.enable")
        for pattern in without:
            page.route(pattern, lambda route: route.abort())
        page.goto(url)
        page.wait_for_load_state("networkidle")
    return sum(sizes) / 1000


def main() -> None:
    """Print the size of each type of page, also over bare Material if it has such a page."""
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        bare, ours = Path(folder, "bare"), Path(folder, "ours")
        settings = Path(folder, "bare.yml")
        settings.write_text(yaml.safe_dump(settings_of_bare(bare)), "utf-8")
        python("-m", "mkdocs", "build", "-f", str(settings))
        python("-m", "mkdocs", "build", "--strict", "-d", str(ours))
        python("-m", "tools.postbuild", str(ours))
        with (
            StaticSiteServer(bare) as theirs,
            StaticSiteServer(ours) as own,
            sync_playwright() as driver,
        ):
            browser = chromium.launch(driver)
            for kind, address in TYPES.items():
                weight = f"{transferred(browser, own.url + address):.0f} kB"
                report(f"first visit, {kind}", weight, f"at most {HEAVIEST} kB")
                if kind != "not found":
                    # Scripts of pages in assets/ belong to this site: bare Material has none.
                    base = transferred(browser, theirs.url + address, "**/assets/*.js")
                    with_ours = transferred(browser, own.url + address, FONTS)
                    metric = f"{with_ours / base:.2f} ({with_ours:.0f} kB over {base:.0f} kB)"
                    report(f"  over bare, both without fonts, {kind}", metric, f"at most {LIMIT}")
            browser.close()
