"""Tests of the post-build step that joins and prunes style sheets, and defers scripts."""

import json
import re
from pathlib import Path

import pytest

from tests.docs.harness import write_files
from tools.postbuild import assets
from tools.postbuild.fonts import Fonts

PAGE = """<!doctype html><html><head><link rel="stylesheet" href="{up}assets/a.css">
<link rel="next" href="{up}page/"><link rel="stylesheet" href="{up}assets/b.css"></head>
<body class="one two">
<input type="checkbox" autocomplete="off" tabindex=""><script src="{up}assets/c.js"></script>
</body></html>"""
SHOWN, HIDDEN = (re.compile("one"), "fonts/a.woff2"), (re.compile("<em>"), "fonts/b.woff2")
FONTS = Fonts("@font-face{src:url(fonts/a.woff2)}", (SHOWN, HIDDEN))
SCRIPT = "element.className = `made made--${kind}`; element.classList.add('added')"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a site of two sheets and three pages: one in a folder, one with absolute paths."""
    files = {
        "index.html": PAGE.format(up=""),
        "page/index.html": PAGE.format(up="../"),
        "404.html": PAGE.format(up="/guide/"),
        "assets/a.css": ".one{color:red}.three{color:blue}/*# sourceMappingURL=a.css.map */",
        "assets/b.css": ".two{background:url(data:,)}",
        "assets/c.js": SCRIPT,
        "data.json": json.dumps({"drawn": '<svg class="line">'}),
    }
    return write_files(tmp_path, files)


def test_a_page_loads_one_sheet_and_waits_for_no_script(site: Path) -> None:
    """Style sheets are joined in order, and a page preloads the fonts that it shows before them."""
    assets.bundle(site, FONTS)
    (sheet,) = site.rglob("*.css")
    assert sheet.read_text("utf-8") == FONTS.rules + ".one{color:red}\n.two{background:url(data:,)}"
    for page, up in ("index.html", ""), ("page/index.html", "../"), ("404.html", "/guide/"):
        html = (site / page).read_text("utf-8")
        href = f"{up}assets/{sheet.name}"
        assert html.count("stylesheet") == html.count(f'<link rel="stylesheet" href="{href}">') == 1
        font = f'<link rel="preload" href="{up}{SHOWN[1]}" as="font"'
        assert 0 < html.index(font) < html.index("stylesheet")
        assert HIDDEN[1] not in html
        assert f'<input type="checkbox"><script src="{up}assets/c.js" defer></script>' in html


def test_a_sheet_that_loads_a_file_is_refused(site: Path) -> None:
    """A path relative to that style sheet would be wrong in the joined one."""
    (site / "assets/b.css").write_text("\n.two{background:url(two.png)}", "utf-8")
    with pytest.raises(ValueError, match=r"^assets/b\.css:2: "):
        assets.bundle(site, FONTS)


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        (".one .two{top:0}.one .three{top:0}", ".one .two{top:0}"),
        (".three,.one{top:0}", ".one{top:0}"),
        (":not(.three){top:0}", ":not(.three){top:0}"),
        (":is(.three,.one){top:0}", ":is(.one){top:0}"),
        # Classes that only scripts and data name are on no page when the site is built.
        (".added{top:0}.made--kind{top:0}.line{top:0}",) * 2,
        ("@media print{.one{top:0}.three{top:0}}", "@media print{.one{top:0}}"),
        ("@media print{.three{top:0}}", ""),
        ("@keyframes turn{from{top:0}}",) * 2,
        (":root{--read:0;--unread:0}body{top:var(--read)}", ":root{--read:0}body{top:var(--read)}"),
    ],
)
def test_only_what_can_match_is_left(rules: str, left: str, site: Path) -> None:
    """A rule stays if its classes are on a page, in a script or in data; a variable, if read."""
    assert assets.prune(site, rules) == left
