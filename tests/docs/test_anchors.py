"""Links to published anchors keep working: a renamed heading keeps its former anchor as well."""

from pathlib import Path

from tests.docs.built_site import BuiltSite
from tools.postbuild.site_source import Source

KEPT = Path(__file__).with_name("anchors.txt")
# Prefixes of ids that the theme, an extension or a docstring generates.
OWN = ("_", "fn:", "fnref:", "neon_restore.")


def anchors() -> set[str]:
    """Return every anchor that readers can link to, with its address."""
    site = BuiltSite()
    return {
        f"{page.address}#{anchor}"
        for page in Source.read().pages
        for anchor in site.pages[page.html].xpath("//article//*[not(ancestor-or-self::svg)]/@id")
        if not anchor.startswith(OWN)
    }


def test_no_anchor_is_lost(writing: bool) -> None:
    kept = set(KEPT.read_text("utf-8").splitlines())
    there = anchors()
    if writing:
        kept |= there
        KEPT.write_text("".join(f"{anchor}\n" for anchor in sorted(kept)), "utf-8")
    assert not kept - there, (
        "give a heading its former anchor as well: <a id=…></a>, or { #… } after it"
    )
    assert not there - kept, "`make outputs` adds new anchors to tests/docs/anchors.txt"
