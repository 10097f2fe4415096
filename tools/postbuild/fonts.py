"""The site's own fonts: of each the characters that the pages show, beside the licence.

Where a font has not come within the first tenth of a second, the page keeps the one that stands in
for it: what is being read never changes its lines.
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
# What a reader types, and examples print, whatever the pages show.
ALWAYS = frozenset(string.ascii_letters + string.digits + string.punctuation + " ")


@dataclass(frozen=True)
class Fonts:
    """What makes a page use the fonts: rules of a style sheet in assets/, and links of its head."""

    rules: str
    files: tuple[tuple[re.Pattern[str], str], ...]

    def links(self, html: str, up: str) -> str:
        """Return what asks for the fonts that a page shows before its style sheet is read.

        They do not hold up the style sheet, without which nothing is shown.
        """
        return "".join(
            f'<link rel="preload" href="{up}{name}" as="font" type="font/woff2" crossorigin '
            'fetchpriority="low">'
            for seen, name in self.files
            if seen.search(html)
        )


def write(site: Path) -> Fonts:
    """Write the fonts and their licences into the site."""
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
            # Named by what it holds, so that a host may let browsers keep it.
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
    """Count the characters that pages, their data and their own styles and scripts may show."""
    pages = [*site.rglob("*.html"), *site.glob("pictures/*.json")]
    shown = TAG.sub("", "".join(path.read_text("utf-8") for path in pages))
    own = "".join(path.read_text("utf-8") for path in site.glob("assets/*.*s"))
    return Counter(unescape(shown) + own)
