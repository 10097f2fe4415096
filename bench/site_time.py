"""Time of `make site` over bare MkDocs Material on the same pages, and time of Zensical."""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from bench.measure import ROOT, medians, python, report, seconds
from tools.docs.tree import DocsTree
from tools.docs.zensical import build_site

TIMES = 3


def bare_settings(site: Path) -> dict[str, Any]:
    """Return settings for the same pages and Markdown, with Material's defaults."""
    return {
        "site_name": "bare",
        "docs_dir": str(ROOT / "docs"),
        "site_dir": str(site),
        "theme": {"name": "material"},
        "plugins": ["search"],
        "markdown_extensions": DocsTree().settings["markdown_extensions"],
        "nav": DocsTree().settings["nav"],
        "validation": {"links": {"anchors": "ignore", "not_found": "ignore"}},
    }


def main() -> None:
    """Print the seconds."""
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder, "site")
        bare = Path(folder, "bare.yml")
        bare.write_text(yaml.safe_dump(bare_settings(site)), "utf-8")

        def build(settings: Path, *options: str) -> float:
            command = ("-m", "mkdocs", "build", "-f", str(settings), "-d", str(site), *options)
            return seconds(lambda: python(*command))

        def make_site() -> float:
            built = build(ROOT / "mkdocs.yml", "--strict", "--clean")
            return built + seconds(lambda: python("-m", "tools.postbuild", str(site)))

        def by_zensical() -> float:
            with ExitStack() as stack:
                return seconds(lambda: stack.enter_context(build_site()))

        base, ours, theirs = medians(TIMES, lambda: build(bare), make_site, by_zensical)
    metric = f"+{ours - base:.1f} s ({ours:.1f} s over {base:.1f} s)"
    report("make site over bare Material", metric, "at most +5 s")
    report("the same site by Zensical", f"{theirs:.1f} s", f"beside {ours:.1f} s")
