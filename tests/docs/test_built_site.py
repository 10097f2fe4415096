"""The published pages show exactly the files that were checked. Reads a fresh build in site/."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.docs.built_site import BuiltSite
from tests.docs.coverage_report import printed_examples
from tests.docs.harness import write_files
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
    assert shown == expected


def test_every_docstring_example_is_published(tree: DocsTree, site: BuiltSite) -> None:
    pages = (page_of(source) for source in PAGES if "\n::: " in tree.text(source))
    shown = {block.text for page in pages for block in site.blocks(page)}
    examples = {e.source for row, e in printed_examples(tree) if row == "docstring"}
    assert examples - shown == set()


def test_no_page_is_published_without_a_source(site: BuiltSite) -> None:
    others = {f"{print_page.ADDRESS}index.html", "404.html"}
    assert site.pages.keys() == {page_of(source) for source in PAGES} | others


def test_no_link_is_dead(site: BuiltSite) -> None:
    assert list(site.dead_links()) == []


def test_nothing_is_loaded_from_elsewhere(site: BuiltSite) -> None:
    assert list(site.foreign_loads()) == []


def test_blocks_are_read_as_a_browser_does(tmp_path: Path) -> None:
    page = """<div class="no-copy highlight"><pre><span></span><code><span>a</span> &lt; 1
</code></pre></div><div class="doc-signature highlight"><pre><code>f()</code></pre></div>
<div class="highlight"><pre><code>b
</code></pre></div>"""
    site = BuiltSite(write_files(tmp_path, {"index.html": page}))
    assert site.blocks("index.html") == [("a < 1\n", False), ("b\n", True)]


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
    site = BuiltSite(write_files(tmp_path / "site", files))
    assert bool(list(site.dead_links())) is dead


def test_absolute_links_are_read_from_where_the_site_is_served(tmp_path: Path) -> None:
    page = '<html><a href="/guide/two/">in</a><a href="/guide">in</a><a href="/two/">out</a></html>'
    write_files(tmp_path, {"404.html": page, "index.html": "<p>", "two/index.html": "<p>"})
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
    assert bool([*BuiltSite(write_files(tmp_path, {name: text})).foreign_loads()]) is foreign
