"""Finishes a site from any builder: `python -m tools.postbuild [FOLDER] [--no-python]`.

It adds to the built folder, and only there, what no builder adds: metadata, a print page, dates of
last changes, runnable examples, fonts, bundled style sheets and a Content-Security-Policy. Python
for the pages is packed last, or later by `python -m tools.postbuild.run_here`.
"""

import argparse
from pathlib import Path

from tools.docs.tree import ROOT
from tools.postbuild import assets, csp, fonts, metadata, print_page, run_here
from tools.postbuild.site_source import Source


def finish(site: Path, source: Source) -> None:
    """Finish a folder that was built from a source, once per build and without packing Python."""
    if (site / csp.HOST).exists():
        raise FileExistsError(f"{site} is finished already: build it anew")
    print_page.write(site, source)
    for page in source.pages:
        metadata.describe(site, page, source)
    metadata.write_texts(site, source)
    metadata.write_sitemap(site, source)
    run_here.mark(site, source)
    assets.bundle(site, fonts.write(site))
    # Last, because it hashes the scripts of the finished pages.
    csp.write(site)


def main() -> None:
    """Finish the named folder, or site/."""
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
