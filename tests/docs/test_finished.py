"""Tests of what the post-build step adds to the site. They read site/, fresh from `make site`."""

import gzip
import inspect
import json
import re
import subprocess
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from neon_restore import Neon
from tests.docs.built_site import BuiltSite
from tests.docs.coverage_report import printed_examples
from tests.docs.harness import write_files
from tools.docs.tree import ROOT, DocsTree
from tools.fonts.families import FAMILIES, REGULAR, Family
from tools.postbuild import csp, fonts, run_here
from tools.postbuild.__main__ import finish
from tools.postbuild.site_source import Page, Source

SOURCE = Source.read()
SITE = BuiltSite()

every_page = pytest.mark.parametrize("page", SOURCE.pages, ids=lambda page: page.name)


def committed(path: str) -> str:
    """Return the time of the last commit to a path in Unix seconds, or an empty string."""
    command = ["git", "log", "--first-parent", "-1", "--format=%ct", "--", path]
    return subprocess.check_output(command, cwd=ROOT, text=True)  # noqa: S603


def test_every_page_is_known() -> None:
    """The navigation lists each page under docs/, so the post-build step leaves none out."""
    assert {Path("docs", page.name) for page in SOURCE.pages} == set(DocsTree().pages)


@every_page
def test_a_page_is_there_as_markdown(page: Page, tree: DocsTree) -> None:
    text = (SITE.root / page.name).read_text("utf-8")
    assert "--8<--" not in text
    assert "<script" not in text
    unindented = re.sub(r"(?m)^ +| +$", "", text)
    for block in tree.blocks:
        if block.page == Path("docs", page.name):
            body = re.sub(r"(?m)^ +", "", tree.text(Path("snippets", block.snippet)))
            assert f"\n{body}" in unindented, block
    (link,) = SITE.pages[page.html].xpath("//a[@type='text/markdown']")
    target = (SITE.root / page.html).parent / link.get("href")
    assert target.resolve() == SITE.root / page.name


def test_the_reference_is_there_as_markdown(tree: DocsTree) -> None:
    text = (SITE.root / SOURCE.reference).read_text("utf-8")
    assert ":::" not in text
    assert "show_root_heading" not in text
    documented = inspect.getdoc(Neon.restore)
    assert documented
    assert documented.split("\n\n")[0] in text
    assert "    unprotect: bool = False,\n" in text
    assert "\n└── StillRunning" in text
    for row, example in printed_examples(tree):
        assert row != "docstring" or f"```python\n{example.source}```" in text, example.path


def test_the_reference_changes_with_its_docstrings() -> None:
    """The date of the reference is that of the last change to the page or to the code."""
    (page,) = [page for page in SOURCE.pages if page.name == SOURCE.reference]
    changed = SOURCE.changed(page)
    code = committed("src/neon_restore")
    assert not code or datetime.fromisoformat(changed).timestamp() >= int(code)


def test_machines_find_every_page() -> None:
    text = (SITE.root / "llms.txt").read_text("utf-8")
    for page in SOURCE.pages:
        assert f"- [{page.title}]({SOURCE.site_url}{page.name}): {page.description}" in text


@every_page
def test_a_page_says_what_it_is_and_when_it_changed(page: Page) -> None:
    """The JSON-LD data has the title and the date of the last commit; the page shows that date."""
    html = SITE.pages[page.html]
    (script,) = html.xpath("//script[@type='application/ld+json']")
    said = json.loads(script.text)
    assert said["headline"] == page.title
    dates = [said["dateModified"]] if committed(f"docs/{page.name}") else []
    assert html.xpath("//time/@datetime") == dates


def test_every_page_has_a_policy_that_knows_its_scripts() -> None:
    """A page's policy allows exactly its inline scripts, by hash; the host's allows those of all.

    WebAssembly is allowed only on pages with a block that can run.
    """
    everywhere = (SITE.root / "_headers").read_text("utf-8")
    for name, page in SITE.pages.items():
        (rule,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']")
        own = csp.hashes((SITE.root / name).read_text("utf-8"))
        if page.xpath("//*[@data-run]"):
            own.add("'wasm-unsafe-eval'")
        assert rule.get("content") == csp.policy(own, styles=set()), name
        assert all(value in everywhere for value in own), name
    assert "unsafe" not in everywhere.replace("'wasm-unsafe-eval'", "")


def test_python_in_the_page_is_no_heavier_than_promised() -> None:
    """The first run of an example loads less than 8 MB, compressed as hosts do."""
    (folder,) = (SITE.root / run_here.FOLDER).iterdir()
    loaded = sum(len(gzip.compress(path.read_bytes(), 6)) for path in folder.iterdir())
    assert loaded < 8_000_000
    # The folder name has a hash of the content, so browsers may cache the files.
    assert f"/{run_here.FOLDER}/*\n  Cache-Control:" in (SITE.root / "_headers").read_text("utf-8")


def test_licences_go_with_what_they_license() -> None:
    (folder,) = (SITE.root / run_here.FOLDER).iterdir()
    with zipfile.ZipFile(folder / "libraries.zip") as packed:
        there = set(packed.namelist())
    for wheel in (ROOT / ".cache" / "wheels").glob("*.whl"):
        with zipfile.ZipFile(wheel) as made:
            licences = {name for name in made.namelist() if "/licenses/" in name}
        assert licences, wheel.name
        assert licences <= there, wheel.name


def test_fonts_are_whole_and_their_own(tree: DocsTree) -> None:
    """The fonts have every character of the pages, names of this site, and their licences.

    Button icons are not in the fonts; they come from the reader's machine.
    """
    held: set[str] = set()
    for path in (SITE.root / fonts.FOLDER).glob("*.woff2"):
        font = TTFont(path)
        held |= set(map(chr, font.getBestCmap()))
        assert str(font["name"].getDebugName(1)) in {family.name for family in FAMILIES}
        assert "SIL Open Font License" in str(font["name"].getDebugName(13))
    shown = {c for page in SITE.pages.values() for e in page.iter("body") for c in e.text_content()}
    assert {c for c in shown - held if c.isprintable()} == set()
    for family in FAMILIES:
        licence = SITE.root / fonts.FOLDER / f"{family.name.replace(' ', '-')}-LICENSE.txt"
        assert "SIL OPEN FONT LICENSE" in licence.read_text("utf-8")
    assert f"/{fonts.FOLDER}/*\n  Cache-Control:" in (SITE.root / "_headers").read_text("utf-8")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_what_stands_in_is_as_wide(family: Family) -> None:
    """With its `size-adjust` in the style sheet, a fallback font is within 3% of the width."""
    (sheet,) = SITE.root.glob("assets/site.*.css")
    own = family.styles[0].face
    shown = SITE.pages["index.html"].xpath("//article//p//text()")
    text = "".join(c for c in "".join(shown) if own.holds(c) and c.isascii())
    for other in family.fallbacks:
        (size,) = re.findall(
            rf'"{family.called(other)}";font-weight:{REGULAR};[^}}]*size-adjust:([\d.]+)%',
            sheet.read_text("utf-8"),
        )
        theirs = other.face(REGULAR).width(text) * float(size) / 100
        assert theirs == pytest.approx(own.width(text), rel=0.03), other.name


def test_a_site_is_finished_once(tmp_path: Path) -> None:
    """A second run would join the style sheets again and add everything twice."""
    (tmp_path / csp.HOST).touch()
    with pytest.raises(FileExistsError, match="is finished already: build it anew"):
        finish(tmp_path, Source.read())


def test_only_what_runs_is_hashed() -> None:
    """Fetched scripts and data scripts need no hash; the hash of an empty script is known."""
    assert csp.hashes('<script src="a.js"></script>') == set()
    assert csp.hashes('<script type="application/json">{}</script>') == set()
    empty = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    assert csp.hashes("<script></script>") == {empty}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return the finished site of a small source that has a site address and a repository."""
    files = {
        "mkdocs.yml": "site_name: Small\nsite_description: A site.\n"
        "site_url: https://docs.example/guide\nrepo_url: https://code.example/a/b/\n"
        "theme: {language: en}\nnav: [{Start: index.md}, {Guide: [{R: guide/branch-restore.md}]},"
        " {Glossary: glossary.md}]\n",
    }
    html = '<html><head><meta charset="utf-8"></head><body><article></article></body></html>'
    for name in ("index", "guide/branch-restore", "glossary"):
        folder = "" if name == "index" else f"{name}/"
        text = f"---\ntitle: The <b>\ndescription: Page {name}.\n---\n\n# T\n"
        files |= {f"docs/{name}.md": text, f"site/{folder}index.html": html}
    write_files(tmp_path, files)
    finish(tmp_path / "site", Source.read(tmp_path))
    return tmp_path / "site"


def test_two_settings_give_addresses_and_edit_links(small: Path) -> None:
    """With `site_url`, all addresses are absolute; with `repo_url`, each page can be edited."""
    address = "https://docs.example/guide/guide/branch-restore/"
    pages = BuiltSite(small).pages
    restore = pages["guide/branch-restore/index.html"]
    assert restore.xpath("//link[@rel='canonical']/@href") == [address]
    assert f"<loc>{address}</loc>" in (small / "sitemap.xml").read_text("utf-8")
    assert f"({address[:-1]}.md)" in (small / "llms.txt").read_text("utf-8")
    edit = "https://code.example/a/b/edit/main/docs/glossary.md"
    assert pages["glossary/index.html"].xpath("//a[@rel='edit']/@href") == [edit]


def test_without_history_no_date_is_told(small: Path) -> None:
    """Outside a Git repository there is no date, rather than a wrong one."""
    html = (small / "index.html").read_text("utf-8")
    assert "dateModified" not in html
    assert "<time" not in html


def test_without_an_address_nothing_is_absolute() -> None:
    if SOURCE.site_url:
        pytest.skip("this site was built for an address")
    assert "<loc>" not in (SITE.root / "sitemap.xml").read_text("utf-8")
    assert not [n for n, page in SITE.pages.items() if page.xpath("//link[@rel='canonical']")]
