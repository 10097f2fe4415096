"""Writes the site's fonts, each with only the characters that the pages show, and their licenses.

If a font does not load within the first tenth of a second, the page keeps the fallback font: text
never reflows while it is being read.
"""

import hashlib
import re
import string
from collections import Counter
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from tools.fonts.face import PACKAGES
from tools.fonts.families import FAMILIES

FOLDER = "assets/fonts"
TAG = re.compile(r"<[^>]*>")
# Characters that readers type and examples print, even if no page shows them.
ALWAYS = frozenset(string.ascii_letters + string.digits + string.punctuation + " ")


@dataclass(frozen=True)
class Fonts:
    """The fonts of the pages: rules for a style sheet in assets/, and the files to preload."""

    rules: str
    files: tuple[tuple[re.Pattern[str], str], ...]

    def links(self, html: str, up: str) -> str:
        """Return links that preload the fonts of a page before its style sheet is read."""
        # Their low priority does not delay the style sheet, without which nothing is shown.
        return "".join(
            f'<link rel="preload" href="{up}{name}" as="font" type="font/woff2" crossorigin '
            'fetchpriority="low">'
            for seen, name in self.files
            if seen.search(html)
        )


def write(site: Path) -> Fonts:
    """Write the fonts and their licenses into the site."""
    counted = _counted(site)
    folder = site / FOLDER
    folder.mkdir(parents=True)
    rules, files = [], []
    for family in FAMILIES:
        licence = (PACKAGES / family.licence).read_text("utf-8")
        (folder / f"{family.name} LICENSE.txt".replace(" ", "-")).write_text(licence, "utf-8")
        for style in family.styles:
            characters = {c for c in ALWAYS | counted.keys() if style.face.holds(c)}
            content = style.face.subset(characters, family.name)
            # The name has a hash of the content, so that browsers may cache the file.
            name = f"{hashlib.sha256(content).hexdigest()[:8]}.woff2"
            (folder / name).write_bytes(content)
            files.append((style.seen, f"{FOLDER}/{name}"))
            rules.append(
                f'@font-face{{font-family:"{family.name}";font-style:{style.style};'
                f"font-weight:{style.weight};font-display:optional;"
                f'src:url("{Path(FOLDER).name}/{name}")format("woff2")}}'
            )
        rules += family.stand_in_rules(counted)
        rules.append(f":root{{{family.variable}:{family.stack}}}")
    return Fonts("".join(rules), tuple(files))


def _counted(site: Path) -> Counter[str]:
    """Count the characters in the pages, in their data, and in the site's styles and scripts."""
    pages = [*site.rglob("*.html"), *site.glob("pictures/*.json")]
    shown = TAG.sub("", "".join(path.read_text("utf-8") for path in pages))
    own = "".join(path.read_text("utf-8") for path in site.glob("assets/*.*s"))
    return Counter(unescape(shown) + own)
