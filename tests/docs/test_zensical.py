"""Tests that Zensical builds the same site as MkDocs. They read site/, fresh from a build."""

import re

from tests.docs.built_site import BuiltSite
from tools.docs.zensical import build_site
from tools.postbuild import csp

MKDOCS = BuiltSite()
# Anchors of the themes themselves, which no link on the pages names.
OF_THEMES = {"__skip", "__toc", "query", "search"}


def parts(site: BuiltSite, name: str) -> dict[str, object]:
    """Return the text, the headings, the labels of tabs and the code blocks of a page, in order."""
    page = site.pages[name]
    found = (e for e in page.xpath("//article//*") if re.fullmatch("h[1-6]", str(e.tag)))
    labels = page.xpath("//*[contains(@class, 'tabbed-labels')]/label")
    text = " ".join(e.text_content() for e in page.iter("article"))
    return {
        "words": text.split(),
        "headings": [(e.tag, e.get("id"), e.text_content().strip()) for e in found],
        "labels": [label.text_content() for label in labels],
        "blocks": site.blocks(name),
    }


def test_zensical_makes_the_same_site() -> None:
    with build_site() as folder:
        zensical = BuiltSite(folder)
        assert zensical.pages.keys() == MKDOCS.pages.keys()
        for name in MKDOCS.pages:
            assert parts(zensical, name) == parts(MKDOCS, name), name
            assert zensical.anchors[name] ^ MKDOCS.anchors[name] <= OF_THEMES, name
        kinds = ("*.md", "llms*.txt", "sitemap.xml")
        files = [path for kind in kinds for path in MKDOCS.root.rglob(kind)]
        assert len(files) > len(kinds)
        for path in files:
            copy = folder / path.relative_to(MKDOCS.root)
            assert copy.read_bytes() == path.read_bytes(), copy
        assert list(zensical.dead_links()) == []
        assert list(zensical.foreign_loads()) == []
        styles = csp.inserted_styles(folder)
        assert styles, "Zensical's search puts its style into pages otherwise than it did"
        for name, page in zensical.pages.items():
            (rule,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
            own = csp.allowances((folder / name).read_text("utf-8"))
            assert rule == csp.policy(own, styles), name
