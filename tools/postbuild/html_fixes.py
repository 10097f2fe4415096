"""Removes attributes that the theme writes and HTML does not allow."""

import re
from pathlib import Path

# Checkboxes have no autocompletion. `docs/assets/accessible.js` makes sure that none stays checked.
COMPLETED = re.compile(r'(?P<box><input [^>]*type="checkbox"[^>]*?) autocomplete="off"')
EMPTY = ' tabindex=""'


def correct(site: Path) -> None:
    """Remove these attributes from every page."""
    for path in site.rglob("*.html"):
        html = path.read_text("utf-8")
        path.write_text(COMPLETED.sub(r"\g<box>", html).replace(EMPTY, ""), "utf-8")
