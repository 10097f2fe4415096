"""Finishes a built site, whatever built it: `python -m tools.finish_site [FOLDER] [--no-python]`.

What pages need that no builder gives them is added to the built folder alone: what machines read
of them, where they were before, when they last changed, what runs in them, their fonts, how they
load and what they may load. Python for the pages is packed last, or later by
`python -m tools.finish.run_here`.
"""

import argparse
from pathlib import Path

from tools.docs.blocks import ROOT
from tools.finish import fonts, loading, machines, policy, printed, redirects, run_here, valid
from tools.finish.pages import Source


def finish(site: Path, source: Source) -> None:
    """Finish what was built into a folder from a source, once for each build; but for Python."""
    if (site / policy.HOST).exists():
        raise FileExistsError(f"{site} is finished already: build it anew")
    printed.write(site, source)
    for page in source.pages:
        machines.describe(site, page, source)
    machines.write_texts(site, source)
    machines.write_sitemap(site, source)
    redirects.write(site, source)
    run_here.mark(site, source)
    valid.correct(site)
    loading.ease(site, fonts.write(site))
    # Last, since it counts what every page holds.
    policy.write(site)


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
