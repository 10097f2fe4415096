"""The printed guide is complete: every page, and the content of every tab under its label."""

import copy
import re
from itertools import pairwise
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
from lxml.html import builder as make
from playwright.sync_api import Page

from tests.docs.built_site import BuiltSite
from tools.postbuild import print_page
from tools.postbuild.site_source import Page as Source
from tools.postbuild.site_source import Source as Guide

PAGES = Guide.read().pages
SITE = BuiltSite()
# Elements for screens only, and pictures, which draw their words.
UNPRINTED = ".//*[contains(@class, 'headerlink') or contains(@class, 'md-source-file')] | .//svg"
BLOCKS = ("p", "li", "td", "th", "dt", "dd", "h1", "h2", "h3", "h4", "label", "pre", "summary")
# The fewest letters of a text on a sheet that count: fewer could be there by chance.
SOME = 6
# Spaces and hyphens: a hyphen at the end of a line is read back as another character.
UNREAD = re.compile(r"[\s\u200b\ufffe\x02-]+")


def on_paper(page: Page, address: str, folder: Path) -> list[str]:
    """Print a page to PDF and return the letters on each sheet."""
    page.goto(address)
    path = folder / "printed.pdf"
    page.pdf(path=path, format="A4")
    with pypdfium2.PdfDocument(path) as paper:
        return [UNREAD.sub("", sheet.get_textpage().get_text_bounded()) for sheet in paper]


def texts(source: Source) -> set[str]:
    """Return the paragraphs, cells and lines of code that the printed page must show."""
    article = copy.deepcopy(SITE.pages[source.html].xpath("//article")[0])
    for element in article.xpath(UNPRINTED):
        element.drop_tree()
    for link in article.xpath(".//a[starts-with(@href, 'http')]"):
        link.append(make.SPAN(f"({link.get('href')})"))
    blocks = [e for e in article.iter(*BLOCKS) if next(e.iterdescendants(*BLOCKS), None) is None]
    lines = {line for block in blocks for line in block.text_content().split("\n")}
    return {UNREAD.sub("", line) for line in lines}


def missing(sheets: list[str], sources: list[Source]) -> list[str]:
    """List the texts of pages that are neither on one sheet nor split over two successive ones."""
    wanted = set().union(*map(texts, sources))
    rest = [text for text in wanted if not any(text in sheet for sheet in sheets)]
    return [text for text in rest if not any(broken(text, *two) for two in pairwise(sheets))]


def broken(text: str, sheet: str, following: str) -> bool:
    """Return whether a text begins on a sheet and ends on the next."""
    cuts = range(SOME, len(text) - SOME + 1)
    return text in sheet + following or any(
        text[:cut] in sheet and text[cut:] in following for cut in cuts
    )


def test_all_pages_are_on_paper(page: Page, tmp_path: Path) -> None:
    sheets = on_paper(page, f"./{print_page.ADDRESS}", tmp_path)
    assert missing(sheets, PAGES) == []


def test_one_page_is_whole_on_paper(page: Page, tmp_path: Path) -> None:
    """A page printed alone shows all its tabs and the targets of its links."""
    source = next(p for p in PAGES if p.name == "guide/branch-restore.md")
    sheets = on_paper(page, f"./{source.address}", tmp_path)
    assert missing(sheets, [source]) == []
