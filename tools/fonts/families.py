"""The fonts of the site for text and code, and the fallback fonts until they have loaded."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tools.fonts.face import Face, face

PLEX = "@expo-google-fonts/ibm-plex"
REGULAR, BOLD = "400 500", "600 900"
ANY, EMPHASIS, CODED = re.compile(""), re.compile("<em>"), re.compile("<code")
HEAVY = "(?:h[1-6]|strong|th|dt)"
CODED_BOLD = re.compile(f"<{HEAVY}[ >](?:(?!</{HEAVY}>).)*<code", re.DOTALL)


@dataclass(frozen=True)
class Style:
    """A face of a family, and the text of a page that uses it."""

    face: Face
    weight: str
    # Matches the HTML of a page that uses the face; such a page preloads it.
    seen: re.Pattern[str]
    style: str = "normal"


@dataclass(frozen=True)
class Fallback:
    """A fallback font that readers may have: its local names, and a package with its metrics."""

    name: str
    regular: tuple[str, ...]
    bold: tuple[str, ...]
    package: str

    def face(self, weight: str) -> Face:
        """Return the face of a weight."""
        thick = "400" if weight == REGULAR else "700"
        return face(f"@fontsource/{self.package}/files/{self.package}-latin-{thick}-normal.woff2")


@dataclass(frozen=True)
class Family:
    """A font of the site, under the name that its subsets have here."""

    name: str
    variable: str
    licence: str
    styles: tuple[Style, ...]
    fallbacks: tuple[Fallback, ...]

    @property
    def stack(self) -> str:
        """The font names to try, in order."""
        others = (self.called(other) for other in self.fallbacks)
        return ", ".join(f'"{name}"' for name in (self.name, *others))

    def called(self, other: Fallback) -> str:
        """Return the name of a fallback font with the metrics of this family."""
        return f"{other.name} as {self.name}"

    def stand_in_rules(self, counted: Counter[str]) -> Iterator[str]:
        """Yield a rule per fallback font, with which text of these letters is as long and high."""
        upright = [style for style in self.styles if style.style == "normal"]
        for other, ours in product(self.fallbacks, upright):
            theirs = other.face(ours.weight)
            size = ours.face.average(counted) / theirs.average(counted)
            names = other.regular if ours.weight == REGULAR else other.bold
            sources = ",".join(f'local("{name}")' for name in names)
            yield (
                f'@font-face{{font-family:"{self.called(other)}";font-weight:{ours.weight};'
                f"src:{sources};size-adjust:{size:.2%};"
                f"ascent-override:{ours.face.ascent / size:.2%};"
                f"descent-override:{ours.face.descent / size:.2%};line-gap-override:0%}}"
            )


def _plex(kind: str, style: str) -> Face:
    name = {"sans": "IBMPlexSans", "mono": "IBMPlexMono"}[kind]
    return face(f"{PLEX}-{kind}/{style}/{name}_{style}.ttf")


TEXT = Family(
    "Guide Sans",
    "--md-text-font",
    f"{PLEX}-sans/LICENSE_FONT",
    (
        Style(_plex("sans", "400Regular"), REGULAR, ANY),
        Style(_plex("sans", "600SemiBold"), BOLD, ANY),
        Style(_plex("sans", "400Regular_Italic"), REGULAR, EMPHASIS, "italic"),
    ),
    (
        Fallback(
            "Arial",
            ("Arial", "ArialMT", "Liberation Sans", "LiberationSans", "Arimo"),
            ("Arial Bold", "Arial-BoldMT", "Liberation Sans Bold", "LiberationSans-Bold"),
            "arimo",
        ),
        Fallback("Roboto", ("Roboto", "Roboto-Regular"), ("Roboto Bold", "Roboto-Bold"), "roboto"),
        Fallback(
            "Noto Sans",
            ("Noto Sans", "Noto Sans Regular", "NotoSans-Regular"),
            ("Noto Sans Bold", "NotoSans-Bold"),
            "noto-sans",
        ),
        Fallback(
            "DejaVu Sans",
            ("DejaVu Sans", "DejaVuSans"),
            ("DejaVu Sans Bold", "DejaVuSans-Bold"),
            "dejavu-sans",
        ),
    ),
)
CODE = Family(
    "Guide Mono",
    "--md-code-font",
    f"{PLEX}-mono/LICENSE_FONT",
    (
        Style(_plex("mono", "400Regular"), REGULAR, CODED),
        Style(_plex("mono", "600SemiBold"), BOLD, CODED_BOLD),
    ),
    (
        Fallback(
            "Liberation Mono",
            ("Liberation Mono", "LiberationMono", "Cousine"),
            ("Liberation Mono Bold", "LiberationMono-Bold", "Cousine Bold"),
            "cousine",
        ),
        Fallback(
            "Noto Sans Mono",
            ("Noto Sans Mono", "Noto Sans Mono Regular", "NotoSansMono-Regular"),
            ("Noto Sans Mono Bold", "NotoSansMono-Bold"),
            "noto-sans-mono",
        ),
        Fallback(
            "DejaVu Sans Mono",
            ("DejaVu Sans Mono", "DejaVuSansMono"),
            ("DejaVu Sans Mono Bold", "DejaVuSansMono-Bold"),
            "dejavu-mono",
        ),
    ),
)
FAMILIES = (TEXT, CODE)
