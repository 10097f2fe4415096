"""Reads a font file: measures words in it, and makes the subset that a page needs."""

import hashlib
import io
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import fontTools  # type: ignore[import-untyped]
from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "node_modules"
CACHE = ROOT / ".cache" / "fonts"
# Kerning and marks: pages use no other feature.
FEATURES = ["ccmp", "kern", "mark"]
# Name records that stay in the file too: the copyright, the license and its address.
KEPT_NAMES = [0, 13, 14]


@dataclass(frozen=True)
class Face:
    """A font of one weight and one style, from a file in an npm package."""

    file: str

    @property
    def path(self) -> Path:
        """The path of the file."""
        return PACKAGES / self.file

    @cached_property
    def _font(self) -> TTFont:
        return TTFont(self.path)

    @cached_property
    def _em(self) -> int:
        return int(self._font["head"].unitsPerEm)

    @cached_property
    def _widths(self) -> dict[str, int]:
        """The width of each character, in font units."""
        # As integers, because Python 3.12 and later sum floats differently.
        metrics = self._font["hmtx"]
        return {chr(code): metrics[name][0] for code, name in self._font.getBestCmap().items()}

    @property
    def ascent(self) -> float:
        """The ascent above the baseline, in em."""
        return float(self._font["hhea"].ascent / self._em)

    @property
    def descent(self) -> float:
        """The descent below the baseline, in em."""
        return float(-self._font["hhea"].descent / self._em)

    def width(self, words: str) -> float:
        """Return the width of words without kerning, in em."""
        return sum(self._widths[character] for character in words) / self._em

    def average(self, counted: Counter[str]) -> float:
        """Return the mean width of a character, in em, weighted by how often each was counted."""
        known = {c: n for c, n in counted.items() if c in self._widths}
        return sum(self._widths[c] * n for c, n in known.items()) / sum(known.values()) / self._em

    def holds(self, character: str) -> bool:
        """Return whether the font has a character."""
        return character in self._widths

    def subset(self, characters: Collection[str], name: str) -> bytes:
        """Return the font as WOFF2, with only these characters and renamed to `name`."""
        text = "".join(sorted(characters))
        key = [fontTools.version, name, text, hashlib.sha256(self.path.read_bytes()).hexdigest()]
        kept = CACHE / f"{hashlib.sha256(repr([key, FEATURES, KEPT_NAMES]).encode()).hexdigest()}"
        if not kept.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            part = kept.with_suffix(".part")
            part.write_bytes(_subset(self.path, text, name))
            part.rename(kept)
        return kept.read_bytes()


def _subset(path: Path, text: str, name: str) -> bytes:
    font = TTFont(path, recalcTimestamp=False)
    options = Options()
    options.layout_features = FEATURES
    options.name_IDs = KEPT_NAMES
    options.hinting = False
    # The languages that the font is made for, which browsers do not read.
    options.drop_tables += ["meta"]
    subsetter = Subsetter(options)
    subsetter.populate(text=text)
    subsetter.subset(font)
    # The license forbids that a changed font keeps its name.
    for number in (1, 4, 6):
        font["name"].setName(name.replace(" ", "") if number == 6 else name, number, 3, 1, 0x409)
    font.flavor = "woff2"
    packed = io.BytesIO()
    font.save(packed)
    return packed.getvalue()


@lru_cache
def face(file: str) -> Face:
    """Return the font of a file, cached so that each file is read once."""
    return Face(file)
