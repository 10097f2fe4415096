"""Finishes a built site, whatever built it: `python -m tools.postbuild [FOLDER] [--no-python]`.

What pages need that no builder gives them is added to the built folder alone: what machines read
of them, when they last changed, what runs in them, their fonts, how they
load and what they may load. Python for the pages is packed last, or later by
`python -m tools.postbuild.run_here`.
"""

import argparse
from pathlib import Path

from tools.docs.tree import ROOT
from tools.postbuild import (
    assets,
    csp,
    fonts,
    html_fixes,
    metadata,
    print_page,
    run_here,
)
from tools.postbuild.site_source import Source


def finish(site: Path, source: Source) -> None:
    """Finish what was built into a folder from a source, once for each build; but for Python."""
    if (site / csp.HOST).exists():
        raise FileExistsError(f"{site} is finished already: build it anew")
    print_page.write(site, source)
    for page in source.pages:
        metadata.describe(site, page, source)
    metadata.write_texts(site, source)
    metadata.write_sitemap(site, source)
    run_here.mark(site, source)
    html_fixes.correct(site)
    assets.bundle(site, fonts.write(site))
    # Last, since it counts what every page holds.
    csp.write(site)


def main() -> None:
    """Finish the folder that is named, or site/."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", nargs="?", type=Path, default=ROOT / "site", metavar="FOLDER")
    parser.add_argument("--no-python", action="store_true", help="leave out Python for the pages")
    chosen = parser.parse_args()
    source = Source.read()
    finish(chosen.site, source)
    if not chosen.no_python:
        run_here.put_python(chosen.site, source)


if __name__ == "__main__":
    main()
