"""Finishes a built site, whatever built it: `python -m tools.finish_site [FOLDER]`.

What pages need that no builder gives them is added to the built folder alone: what machines read
of them, where they were before, when they last changed, what runs in them, their fonts, how they
load and what they may load.
"""

import sys
from pathlib import Path

from tools.finish import fonts, loading, machines, policy, printed, redirects, run_here, valid
from tools.finish.pages import ROOT, Source


def finish(site: Path, source: Source) -> None:
    """Finish what was built into a folder from a source, once for each build."""
    if (site / policy.HOST).exists():
        raise FileExistsError(f"{site} is finished already: build it anew")
    printed.write(site, source)
    for page in source.pages:
        machines.describe(site, page, source)
    machines.write_texts(site, source)
    machines.write_sitemap(site, source)
    redirects.write(site, source)
    run_here.write(site, source)
    valid.correct(site)
    loading.ease(site, fonts.write(site))
    # Last, since it counts what every page holds.
    policy.write(site)


def main() -> None:
    """Finish the folder that is named, or site/."""
    finish(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "site", Source.read())


if __name__ == "__main__":
    main()
