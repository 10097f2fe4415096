"""What the theme writes and HTML does not allow."""

import re
from pathlib import Path

# A check box completes nothing. That none stays checked is seen to by `docs/assets/accessible.js`.
COMPLETED = re.compile(r'(?P<box><input [^>]*type="checkbox"[^>]*?) autocomplete="off"')
EMPTY = ' tabindex=""'


def correct(site: Path) -> None:
    """Take it out of every page."""
    for path in site.rglob("*.html"):
        html = path.read_text("utf-8")
        path.write_text(COMPLETED.sub(r"\g<box>", html).replace(EMPTY, ""), "utf-8")
