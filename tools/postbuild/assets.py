"""Makes a page load fast: it renders after one style sheet, and waits for no script.

On a slow connection each further request before the first paint costs as much as many kilobytes.
"""

import hashlib
import re
from pathlib import Path

from tools import node
from tools.postbuild.fonts import Fonts

SHEET = re.compile(r'<link rel="stylesheet" href="(?P<up>[^"]*?)(?P<name>assets/[^"]+)">\s*')
# Firefox prefetches the next page, which the page's Content-Security-Policy blocks.
NEXT = re.compile(r'<link rel="next" href="[^"]*">\s*')
SCRIPT = re.compile(r'<script src="(?P<src>[^"]+)"></script>')
SIGNATURE = re.compile(
    r'(?P<open><div class="doc-signature [^>]*><pre>)<span></span>(?P<code><code>.*?</code>)</pre>',
    re.DOTALL,
)
SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=.*?\*/")
# Attributes that the theme writes and HTML does not allow. Checkboxes have no autocompletion:
# `docs/assets/accessible.js` makes sure that none stays checked.
COMPLETED = re.compile(r'(?P<box><input [^>]*type="checkbox"[^>]*?) autocomplete="off"')
EMPTY = ' tabindex=""'
LOADS = re.compile(r"@import|url\((?![\s\"']*(?:data:|#))")


def bundle(site: Path, fonts: Fonts) -> None:
    """Join the style sheets of each page into one, defer its scripts, and make it valid HTML."""
    joined: dict[tuple[str, ...], str] = {}
    for path in sorted(site.rglob("*.html")):
        html = SCRIPT.sub(r'<script src="\g<src>" defer></script>', path.read_text("utf-8"))
        html = COMPLETED.sub(r"\g<box>", NEXT.sub("", html)).replace(EMPTY, "")
        # Material's script measures each block and gives it a button, which no signature shows:
        # a hundred layouts of a long page. Only a direct child of a `pre` counts as a block.
        html = SIGNATURE.sub(r"\g<open><span>\g<code></span></pre>", html)
        if sheets := list(SHEET.finditer(html)):
            parts = tuple(found["name"] for found in sheets)
            if parts not in joined:
                joined[parts] = _join(site, parts, fonts.rules)
            up, first = sheets[0]["up"], sheets[0].start()
            link = f'{fonts.links(html, up)}<link rel="stylesheet" href="{up}{joined[parts]}">'
            html = html[:first] + link + SHEET.sub("", html[first:])
        if html.count('rel="stylesheet"') > 1:
            raise ValueError(f"{path}: loads a style sheet that was not joined with the others")
        path.write_text(html, "utf-8")
    for name in {name for parts in joined for name in parts}:
        (site / name).unlink()


def _join(site: Path, parts: tuple[str, ...], rules: str) -> str:
    texts = []
    for name in parts:
        text = (site / name).read_text("utf-8")
        if found := LOADS.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise ValueError(f"{name}:{line}: loads a file, whose place changes when it is joined")
        texts.append(SOURCE_MAP.sub("", text).strip())
    text = rules + prune(site, "\n".join(texts))
    # The name has a hash of the content, so that browsers may cache the file.
    name = f"assets/site.{hashlib.sha256(text.encode()).hexdigest()[:8]}.css"
    (site / name).write_text(text, "utf-8")
    return name


def prune(site: Path, css: str) -> str:
    """Return a style sheet without the rules and variables that nothing on the site can use."""
    return node.run(Path(__file__).with_name("purge.mjs"), site, stdin=css)
