"""Tests that Zensical builds the same site as MkDocs. They read site/, fresh from a build."""

import re

import lxml.html

from tests.docs.built_site import BuiltSite
from tools.docs.zensical import build_site
from tools.postbuild import csp

MKDOCS = BuiltSite()
# Anchors of the themes themselves, which no link on the pages names.
OF_THEMES = {"__skip", "__toc", "query", "search"}


def text_of(page: lxml.html.HtmlElement) -> str:
    """Return the text of the articles of a page, with no-break spaces replaced."""
    return " ".join(e.text_content() for e in page.iter("article")).replace("\xa0", " ")


def labels(page: lxml.html.HtmlElement) -> list[str]:
    """Return the labels of the tabs, in order."""
    return [e.text_content() for e in page.xpath("//*[contains(@class, 'tabbed-labels')]/label")]


def headings(page: lxml.html.HtmlElement) -> list[tuple[str, str, str]]:
    """Return the level, anchor and text of each heading, in order."""
    found = (e for e in page.xpath("//article//*") if re.fullmatch("h[1-6]", str(e.tag)))
    return [(e.tag, e.get("id"), e.text_content().strip()) for e in found]


def same_pages(zensical: BuiltSite) -> None:
    """Check that the pages have the same text, headings, anchors, tabs and code blocks."""
    assert zensical.pages.keys() == MKDOCS.pages.keys()
    for name, ours in MKDOCS.pages.items():
        theirs = zensical.pages[name]
        assert text_of(theirs).split() == text_of(ours).split(), name
        assert headings(theirs) == headings(ours), name
        assert zensical.anchors[name] ^ MKDOCS.anchors[name] <= OF_THEMES, name
        assert labels(theirs) == labels(ours), name
        shown = [[(b.text, b.can_copy) for b in site.blocks(name)] for site in (zensical, MKDOCS)]
        assert shown[0] == shown[1], name


def same_for_machines(zensical: BuiltSite) -> None:
    """Check that the Markdown copies, llms.txt and the sitemap are identical."""
    kinds = ("*.md", "llms*.txt", "sitemap.xml")
    files = [path for kind in kinds for path in MKDOCS.root.rglob(kind)]
    assert len(files) > len(kinds)
    for path in files:
        copy = zensical.root / path.relative_to(MKDOCS.root)
        assert copy.read_bytes() == path.read_bytes(), copy


def nothing_wrong(zensical: BuiltSite) -> None:
    """Check that no link is dead, that all loads are local, and that every page has its policy."""
    assert list(zensical.dead_links()) == []
    assert list(zensical.foreign_loads()) == []
    styles = csp.inserted_styles(zensical.root)
    assert styles, "Zensical's search puts its style into pages otherwise than it did"
    for name, page in zensical.pages.items():
        (rule,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']")
        own = csp.allowances((zensical.root / name).read_text("utf-8"))
        assert rule.get("content") == csp.policy(own, styles), name


def test_zensical_makes_the_same_site() -> None:
    """Pages, anchors, code blocks and machine-readable files are the same, and the policy fits."""
    with build_site() as folder:
        zensical = BuiltSite(folder)
        same_pages(zensical)
        same_for_machines(zensical)
        nothing_wrong(zensical)
