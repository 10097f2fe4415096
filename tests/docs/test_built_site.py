"""The published pages show exactly the files that were checked. Reads a fresh build in site/."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.docs.built_site import BuiltSite, Shown
from tests.docs.coverage_report import printed_examples
from tools.docs.addresses import page_of
from tools.docs.tree import COPIED, DocsTree
from tools.postbuild import print_page

PAGES = DocsTree().pages


@pytest.fixture(scope="session")
def site() -> BuiltSite:
    """Return the built site, at the address that it was built for."""
    return BuiltSite(base=urlsplit(os.environ.get("SITE_URL") or "/").path.rstrip("/") + "/")


@pytest.mark.parametrize("source", PAGES, ids=str)
def test_every_block_equals_its_file(source: Path, tree: DocsTree, site: BuiltSite) -> None:
    """The blocks of a page are exactly its snippets, byte for byte and in order."""
    expected = [
        (tree.text(Path("snippets", block.snippet)), block.kind in COPIED)
        for block in tree.blocks
        if block.page == source
    ]
    shown = site.blocks(page_of(source))
    if "\n::: " in tree.text(source):
        # A reference page also shows docstring examples, which another test runs.
        examples = {example.source for _, example in printed_examples(tree)}
        shown = [block for block in shown if block.text not in examples]
    assert [(block.text, block.can_copy) for block in shown] == expected


def test_every_docstring_example_is_published(tree: DocsTree, site: BuiltSite) -> None:
    """The reference shows every docstring example as it was run."""
    pages = [page_of(source) for source in PAGES if "\n::: " in tree.text(source)]
    shown = {block.text for page in pages for block in site.blocks(page)}
    examples = {e.source for row, e in printed_examples(tree) if row == "docstring"}
    assert examples - shown == set()


def test_no_page_is_published_without_a_source(site: BuiltSite) -> None:
    """Every HTML page comes from docs/, except the page with all pages and 404.html."""
    others = {f"{print_page.ADDRESS}index.html", "404.html"}
    assert site.pages.keys() == {page_of(source) for source in PAGES} | others


def test_no_link_is_dead(site: BuiltSite) -> None:
    """Every link within the site targets a page, and every fragment an anchor on it."""
    assert list(site.dead_links()) == []


def test_nothing_is_loaded_from_elsewhere(site: BuiltSite) -> None:
    """The site makes no request to another origin."""
    assert list(site.foreign_loads()) == []


def make_site(folder: Path, files: dict[str, str]) -> BuiltSite:
    """Write a small site."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return BuiltSite(folder)


def test_blocks_are_read_as_a_browser_does(tmp_path: Path) -> None:
    """Markup inside a block is not part of its text; a signature is not a block."""
    page = """<div class="no-copy highlight"><pre><span></span><code><span>a</span> &lt; 1
</code></pre></div><div class="doc-signature highlight"><pre><code>f()</code></pre></div>
<div class="highlight"><pre><code>b
</code></pre></div>"""
    site = make_site(tmp_path, {"index.html": page})
    assert site.blocks("index.html") == [
        Shown("a < 1\n", can_copy=False, line=1),
        Shown("b\n", can_copy=True, line=3),
    ]


@pytest.mark.parametrize(
    ("href", "dead"),
    [
        ("two/", False),
        ("two/#there", False),
        ("#here", False),
        ("/two/", False),
        ("style.css", False),
        ("https://example.com/", False),
        ("three/", True),
        ("two/#gone", True),
        ("#gone", True),
        ("../outside.html", True),
    ],
)
def test_a_dead_link_is_found(href: str, dead: bool, tmp_path: Path) -> None:
    page = f'<html><p id="here"><a href="{href}">go</a></p></html>'
    files = {"index.html": page, "two/index.html": '<p id="there">', "style.css": ""}
    assert bool(list(make_site(tmp_path / "site", files).dead_links())) is dead


def test_absolute_links_are_read_from_where_the_site_is_served(tmp_path: Path) -> None:
    """If the site is served below a path, an absolute link without that path is dead."""
    page = '<html><a href="/guide/two/">in</a><a href="/guide">in</a><a href="/two/">out</a></html>'
    make_site(tmp_path, {"404.html": page, "index.html": "<p>", "two/index.html": "<p>"})
    assert list(BuiltSite(tmp_path, "/guide/").dead_links()) == ["404.html:1: /two/ leads nowhere"]


@pytest.mark.parametrize(
    ("name", "text", "foreign"),
    [
        ("a.html", '<script src="https://example.com/a.js"></script>', True),
        ("a.html", '<link rel="stylesheet" href="//example.com/a.css">', True),
        ("a.html", '<img src="https://example.com/a.png">', True),
        ("a.html", '<pre class="mermaid">graph</pre>', True),
        ("a.html", '<a data-md-component="source" href="https://example.com/">code</a>', True),
        ("a.css", "@import 'https://example.com/a.css';", True),
        ("a.css", "p { background: url(https://example.com/a.png) }", True),
        ("a.html", '<link rel="canonical" href="https://example.com/">', False),
        ("a.html", '<a href="https://example.com/">there</a><img src="a.png">', False),
        ("a.css", "p { background: url(data:image/png;base64,AA) }", False),
    ],
)
def test_a_foreign_load_is_found(name: str, text: str, foreign: bool, tmp_path: Path) -> None:
    """What the browser loads by itself must come from the site."""
    site = make_site(tmp_path, {name: text})
    assert bool(list(site.foreign_loads())) is foreign
