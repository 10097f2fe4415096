"""Writes small pages that redirect from former names of the feature to its pages."""

from pathlib import Path

from tools.postbuild.site_source import Source

RESTORE = "guide/branch-restore/"
MOVED = {
    "backup-restore/": RESTORE,
    "branch-restore/": RESTORE,
    "instant-restore/": RESTORE,
    "pitr/": RESTORE,
    "point-in-time-restore/": RESTORE,
    "guide/instant-restore/": RESTORE,
    "guide/point-in-time-restore/": RESTORE,
    "time-travel/": f"{RESTORE}#using-time-travel-assist",
    "time-travel-assist/": f"{RESTORE}#using-time-travel-assist",
    "guide/time-travel-assist/": f"{RESTORE}#using-time-travel-assist",
    "history-retention/": "glossary/#history-window",
    "history-window/": "glossary/#history-window",
}
PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<link rel="icon" href="data:,">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="0; url={target}">
{canonical}<title>{name}: moved</title>
</head>
<body>
<main>
<h1>This page has moved</h1>
<p>It is now at <a href="{target}">{name}</a>.</p>
</main>
</body>
</html>
"""


def write(site: Path, source: Source) -> None:
    """Write a redirect page for each former name."""
    titles = {page.address: page.title for page in source.pages}
    for former, now in MOVED.items():
        if former in titles:
            raise ValueError(
                f"{former} is a page again: take it out of tools/postbuild/redirects.py"
            )
        address = now.split("#")[0]
        canonical = f'<link rel="canonical" href="{source.site_url}{address}">\n'
        path = site / former / "index.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            PAGE.format(
                target="../" * former.count("/") + now,
                name=titles[address],
                canonical=canonical if source.site_url else "",
            ),
            "utf-8",
        )
