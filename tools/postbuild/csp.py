"""Writes a Content-Security-Policy with hashes into the pages and into `_headers`."""

import base64
import hashlib
import re
from pathlib import Path

from tools.postbuild import fonts, run_here
from tools.postbuild.run_here import MARK

INLINE = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
# A script with one of these attributes is fetched, or is data.
NOT_RUN = re.compile(r"\ssrc=|\stype=[\"']?application/")
# Zensical's script inserts the style of its search into the page, from a string in a variable.
INSERTED = re.compile(r'\("style",\{\},(?P<name>\w+)\.toString\(\)\)')
CHARSET = re.compile(r'<meta charset="?utf-8"?\s*/?>', re.IGNORECASE)
RULES = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    # Style sheets embed their icons as data URLs.
    "img-src": "'self' data:",
    "manifest-src": "'self'",
    "worker-src": "'self'",
}
# Headers that a page cannot set. A host can: it reads them from this file.
HOST = "_headers"
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def hashes(html: str) -> set[str]:
    """Return the hashes of the inline scripts of a page that run."""
    return {
        _hash(found["code"])
        for found in INLINE.finditer(html)
        if not NOT_RUN.search(found["attributes"])
    }


def allowances(html: str) -> set[str]:
    """Return a page's script sources besides 'self': inline scripts, and Python if it runs."""
    return hashes(html) | ({"'wasm-unsafe-eval'"} if f" {MARK}=" in html else set())


def inserted_styles(site: Path) -> set[str]:
    """Return the hashes of the styles that the theme's scripts insert into pages."""
    scripts = [path.read_text("utf-8") for path in site.glob("assets/javascripts/*.js")]
    return {
        _hash(style["css"])
        for script in scripts
        for found in INSERTED.finditer(script)
        for style in re.finditer(rf"\b{re.escape(found['name'])}='(?P<css>[^'\\]*)'", script)
    }


def policy(scripts: set[str], styles: set[str]) -> str:
    """Return the policy that allows these script and style sources, and the site's own files."""
    rules = RULES | {
        "script-src": " ".join(["'self'", *sorted(scripts)]),
        "style-src": " ".join(["'self'", *sorted(styles)]),
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def write(site: Path) -> None:
    """Write the policy of each page into the page, and that of all pages into `_headers`."""
    everywhere: set[str] = set()
    styles = inserted_styles(site)
    for path in sorted(site.rglob("*.html")):
        html = path.read_text("utf-8")
        allowed = allowances(html)
        everywhere |= allowed
        rule = f'<meta http-equiv="Content-Security-Policy" content="{policy(allowed, styles)}">'
        said = CHARSET.search(html)
        if not said:
            raise ValueError(f"{path}: says no encoding, after which its policy belongs")
        path.write_text(html[: said.end()] + rule + html[said.end() :], "utf-8")
    rule = f"{policy(everywhere, styles)}; frame-ancestors 'none'"
    headers = {"Content-Security-Policy": rule} | HEADERS
    lines = ["/*", *(f"  {name}: {value}" for name, value in headers.items())]
    # The names in these folders have a hash of the content.
    for folder in (run_here.FOLDER, fonts.FOLDER):
        lines += [f"/{folder}/*", "  Cache-Control: public, max-age=31536000, immutable"]
    (site / HOST).write_text("\n".join(lines) + "\n", "utf-8")
